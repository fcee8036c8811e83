package notify

import (
	"cmp"
	"errors"
	"fmt"
	"net/textproto"
	"time"
)

// Class says what a failed attempt means for the message.
type Class uint8

// The classes of failure.
const (
	// Temporary: not accepted; a later attempt may be (4xx, network).
	Temporary Class = iota
	// Permanent: not accepted and never will be as it is (5xx, malformed).
	Permanent
	// Uncertain: the whole message was sent and the answer did not come, so
	// the server may have accepted it.
	Uncertain
)

// String is temporary, permanent or uncertain.
func (c Class) String() string {
	switch c {
	case Permanent:
		return "permanent"
	case Uncertain:
		return "uncertain"
	}
	return "temporary"
}

// SendError is a failed attempt to send a message.
type SendError struct {
	Class Class
	What  string // what was sent; default mail
	Stage string // where it failed: compose, connect, auth, MAIL, RCPT, DATA, body, accept; of an event compose, connect, busy, answer
	// Server is true where the failure concerns the mail server or the
	// account, not the message: any other message would fail as well.
	Server bool
	Code   int           // the server's reply code, 0 where there was none
	After  time.Duration // no attempt before that, as the server asked
	Err    error
}

// Error holds the server's words, cleaned and bounded.
func (e *SendError) Error() string {
	return fmt.Sprintf("sending %s (%s, %s): %s", cmp.Or(e.What, "mail"), e.Stage, e.Class, excerpt(e.Err.Error()))
}

// beforeMessage reports whether the attempt ended before the server heard
// anything of the message, or took none at all: it has no part in the failure.
func (e *SendError) beforeMessage() bool {
	return e.Stage == stageCompose || e.Stage == stageConnect || e.Stage == stageAuth || e.Stage == stageBusy
}

// Unwrap returns what the library or the network said.
func (e *SendError) Unwrap() error { return e.Err }

// The stages of an attempt.
const (
	stageCompose = "compose"
	stageConnect = "connect" // up to and including TLS
	stageAuth    = "auth"
	stageMail    = "MAIL"
	stageRcpt    = "RCPT"
	stageData    = "DATA"
	stageBody    = "body"
	stageAccept  = "accept" // from the final dot on
	stageBusy    = "busy"   // the receiver of an event takes none now
	stageAnswer  = "answer" // of the receiver of an event
)

// classify makes a SendError of what a stage of the dialogue returned.
func classify(stage string, err error) *SendError {
	e := &SendError{Stage: stage, Err: err, Code: replyCode(err)}
	switch {
	case stage == stageConnect || stage == stageAuth:
		// A refusal here is the configuration's fault: whoever mends it wants
		// the mail that waited.
		e.Server = true
	case stage == stageAccept && e.Code == 0:
		e.Class = Uncertain
	case e.Code == 421: // RFC 5321 3.8: the server is shutting down
		e.Server = true
	case e.Code == 530, e.Code == 534, e.Code == 535, e.Code == 538: // RFC 4954 6: authentication is wanted
		e.Server = true
	case e.Code >= 500:
		e.Class = Permanent
	}
	return e
}

// replyCode is the code of a server's negative reply, or 0.
func replyCode(err error) int {
	if reply, ok := errors.AsType[*textproto.Error](err); ok && reply.Code >= 400 && reply.Code <= 599 {
		return reply.Code
	}
	return 0
}

package notify

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strconv"
	"time"
)

// Attempt says what earlier attempts left to do.
type Attempt struct {
	// To are the addresses (without names) that still wait for the message;
	// empty is all of Message.To. The header To always names all.
	To []string
	// Resent adds the header X-Assay-Resent: an earlier attempt may have
	// delivered the message.
	Resent bool
}

// Result is what one attempt came to, for each address that it was for.
type Result struct {
	Accepted []string  // the server has taken the message for these
	Refused  []Refusal // it never will for these
	Response string    // the server's words on acceptance, cleaned
}

// Refusal is one address that the server refused for good.
type Refusal struct {
	To    string `json:"to"`
	Reply string `json:"reply"`
}

// Addresses returns the addresses of Message.To without names, each once.
func (m Message) Addresses() []string {
	var list []string
	for _, s := range m.To {
		if a, err := parseAddress(s); err == nil && !slices.Contains(list, a.Address) {
			list = append(list, a.Address)
		}
	}
	return list
}

// Send makes one attempt to hand the message to the mail server. A nil error
// means that every address has its final result, and one at least was
// accepted. Any other error is a *SendError; Result is then what was
// settled nevertheless: with a Temporary one, addresses in neither list are
// still to be tried.
func (m *Mailer) Send(ctx context.Context, msg Message, attempt Attempt) (Result, error) {
	body, failure := m.compose(ctx, msg)
	if failure != nil {
		return Result{}, failure
	}
	if attempt.Resent {
		body = marked(body)
	}
	from, err := parseAddress(msg.From)
	if err != nil {
		return Result{}, &SendError{Class: Permanent, Stage: stageCompose, Err: err}
	}
	to := attempt.To
	if len(to) == 0 {
		to = msg.Addresses()
	}
	hidden := &confidential{}
	result, failure := m.transact(ctx, hidden, from.Address, to, body)
	result.hide(hidden)
	if failure != nil {
		failure.Err = hidden.hide(failure.Err)
		return result, failure
	}
	return result, nil
}

// transact hands the message over in a session of its own.
func (m *Mailer) transact(ctx context.Context, hidden *confidential, from string, to []string, body []byte) (Result, *SendError) {
	s, failure := m.open(ctx, hidden)
	if failure != nil {
		return Result{}, failure
	}
	defer s.close()
	return s.deliver(from, to, body, m.cfg.AcceptTimeout)
}

// hide takes out of the server's words what it repeats of our secrets.
func (r *Result) hide(hidden *confidential) {
	r.Response = hidden.redacted(r.Response)
	for i := range r.Refused {
		r.Refused[i].Reply = hidden.redacted(r.Refused[i].Reply)
	}
}

// compose makes the bytes of a message, and has them kept before the first word
// to the server. Every attempt sends the same.
func (m *Mailer) compose(ctx context.Context, msg Message) ([]byte, *SendError) {
	body, err := render(msg)
	if err != nil {
		return nil, &SendError{Class: Permanent, Stage: stageCompose, Err: err}
	}
	if m.cfg.Keep == nil {
		return body, nil
	}
	if body, err = m.cfg.Keep(ctx, msg.ID, body); err != nil {
		return nil, &SendError{Stage: stageCompose, Server: true, Err: err}
	}
	return body, nil
}

// extend gives the next command its time.
func (s *session) extend() { _ = s.UpdateDeadline(s.timeout) }

// deliver makes one mail transaction (RFC 5321 3.3).
func (s *session) deliver(from string, to []string, body []byte, wait time.Duration) (Result, *SendError) {
	if limit := s.sizeLimit(); limit > 0 && len(body) > limit {
		return Result{}, &SendError{Class: Permanent, Stage: stageMail,
			Err: fmt.Errorf("the message has %d bytes, the server takes %d", len(body), limit)}
	}
	s.extend()
	if err := s.Mail("<" + from + ">"); err != nil {
		return Result{}, classify(stageMail, err)
	}
	taken, result, failure := s.recipients(to)
	if len(taken) == 0 {
		if failure == nil {
			failure = &SendError{Class: Permanent, Stage: stageRcpt, Code: 550,
				Err: fmt.Errorf("every address was refused: %s", result.Refused[0].Reply)}
		}
		s.quit()
		return result, failure
	}
	response, dataFailure := s.data(body, wait)
	if dataFailure != nil {
		return result, dataFailure
	}
	result.Accepted, result.Response = taken, response
	s.quit()
	return result, failure
}

// sizeLimit is what the server says it takes (RFC 1870), 0 where it says
// nothing.
func (s *session) sizeLimit() int {
	_, size := s.Extension("SIZE")
	n, err := strconv.Atoi(size)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// recipients offers each address. The failure is the last one that is not
// final for its address; where it concerns the whole session nobody is taken.
func (s *session) recipients(to []string) (taken []string, result Result, failure *SendError) {
	for _, addr := range to {
		s.extend()
		err := s.Rcpt("<" + addr + ">")
		if err == nil {
			taken = append(taken, addr)
			continue
		}
		e := classify(stageRcpt, err)
		if e.Class == Permanent {
			result.Refused = append(result.Refused, Refusal{addr, excerpt(err.Error())})
			continue
		}
		failure = e
		if e.Code == 0 || e.Server {
			return nil, result, e
		}
	}
	return taken, result, failure
}

// chunk is how much of a message is written under one deadline, in bytes.
const chunk = 64 << 10

// data sends the message and waits for its acceptance.
func (s *session) data(body []byte, wait time.Duration) (string, *SendError) {
	s.extend()
	w, err := s.Data()
	if err != nil {
		return "", classify(stageData, err)
	}
	for len(body) > 0 {
		n := min(len(body), chunk)
		s.extend()
		if _, err := w.Write(body[:n]); err != nil {
			// Nothing more may be written to this connection: the library would
			// end the message first, and half a message would be accepted.
			s.raw.Close()
			return "", classify(stageBody, err)
		}
		body = body[n:]
	}
	_ = s.UpdateDeadline(wait)
	err = w.Close()
	if reply, ok := errors.AsType[*textproto.Error](err); ok && reply.Code/100 == 2 {
		return excerpt(reply.Msg), nil // 2xx other than 250 is acceptance too
	}
	if err != nil {
		return "", classify(stageAccept, err)
	}
	if r, ok := w.(interface{ ServerResponse() string }); ok {
		return excerpt(r.ServerResponse()), nil
	}
	return "", nil
}

// quit says goodbye; whatever comes of it, the transaction stands.
func (s *session) quit() {
	_ = s.UpdateDeadline(min(s.timeout, 5*time.Second))
	_ = s.Quit()
}

package slo

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of the record of a change. Texts are in bytes.
const (
	MaxChange            = 31 * 24 * time.Hour  // its length
	MaxChangeAhead       = 366 * 24 * time.Hour // how far ahead it may begin
	MaxChangePast        = 400 * 24 * time.Hour // how long ago it may have begun
	MaxChangeServices    = 50
	MaxChangeName        = 200 // of the key, the summary, who made it
	MaxChangeLink        = 1000
	MaxChangeDescription = 4000
	MaxChangeEvents      = 100
)

// ChangeRecord is the record of a change or a release: what somebody did to
// services, or is about to. Its terms never change; what becomes of it, events
// say. Nothing of it is ever deleted.
type ChangeRecord struct {
	ID  string // ChangeID
	Key string // of whoever told of it, so that telling again is the same; "" where he gave none
	ChangeTerms
	Source     ChangeSource // how it arrived
	RecordedBy string
	RecordedAt Instant
	Freezes    []ChangeFreeze // in force for one of its services when it was received
	Entry      int64          // of the ledger that has it; 0 before it is there
	Events     []ChangeEvent  // oldest first
}

// ChangeTerms are what was told of a change.
type ChangeTerms struct {
	Kind        ChangeKind
	Services    []string // names, sorted, each once
	Interval             // To is From of one that takes no time
	Summary     string
	Description string
	By          string // who made it
	Link        string // http or https; "" is none
	Major       bool
	Maintenance bool // its time, from when it was received on, is planned work
}

// ChangeKind says what was done.
type ChangeKind string

// The kinds.
const (
	PlainChange ChangeKind = "change"
	Release     ChangeKind = "release" // a change that brings a new version
)

// ChangeKinds lists every kind.
func ChangeKinds() []ChangeKind { return []ChangeKind{PlainChange, Release} }

// ChangeSource is how a change arrived.
type ChangeSource string

// The sources.
const (
	ChangeByAPI  ChangeSource = "api"
	ChangeByHook ChangeSource = "webhook"
	ChangeByCSV  ChangeSource = "csv"
	ChangeByForm ChangeSource = "form"
)

// ChangeFreeze is a step of a budget policy that froze changes when one was
// received all the same.
type ChangeFreeze struct {
	Agreement string  `json:"agreement"`
	Objective string  `json:"objective"`
	Service   string  `json:"service"`
	Step      string  `json:"step"`  // percent of the budget
	Until     Instant `json:"until"` // when it is lifted if no more of the budget is used
}

// ChangeEvent is what somebody said of a change afterwards.
type ChangeEvent struct {
	Act   ChangeAct `json:"act"`
	At    Instant   `json:"at"`
	Actor string    `json:"actor"`
	Text  string    `json:"text"`
	Entry int64     `json:"entry"` // of the ledger that has it; 0 before it is there
}

// ChangeAct is what can be said of a change.
type ChangeAct string

// The acts. The first is that it was told of at all, which is no event.
const (
	RecordChange    ChangeAct = "record"
	WithdrawChange  ChangeAct = "withdraw"  // it was told of by mistake
	ReinstateChange ChangeAct = "reinstate" // takes a withdrawal back
	FailChange      ChangeAct = "fail"      // it failed: it had to be undone or mended
	SucceedChange   ChangeAct = "succeed"   // it did not
)

// ChangeActs lists what people may say of a change.
func ChangeActs() []ChangeAct {
	return []ChangeAct{WithdrawChange, ReinstateChange, FailChange, SucceedChange}
}

// ChangeID is derived from the key, or where there is none from what was told,
// so that telling again is the same: c- and 20 hexadecimal digits.
func (c *ChangeRecord) ChangeID() string {
	fields := []string{"key", c.Key}
	if c.Key == "" {
		fields = append([]string{"terms", string(c.Kind), c.From.String(), c.To.String(), c.By, c.Summary}, c.Services...)
	}
	h := sha256.New()
	for _, f := range fields {
		h.Write([]byte(strconv.Itoa(len(f)) + ":" + f))
	}
	return "c-" + hex.EncodeToString(h.Sum(nil)[:10])
}

// Same reports whether told says again what the record says: times that it
// does not tell, zero ones, are no difference.
func (c *ChangeRecord) Same(told *ChangeTerms) bool {
	return c.Kind == told.Kind && slices.Equal(c.Services, told.Services) && c.Summary == told.Summary && c.Description == told.Description &&
		c.By == told.By && c.Link == told.Link && c.Major == told.Major && c.Maintenance == told.Maintenance &&
		(told.From == 0 || told.From == c.From) && (told.To == 0 || told.To == c.To)
}

// Check says at an instant, that of its receipt, whether the record can be
// taken; its error is a ChangeRefusal.
func (c *ChangeRecord) Check(at Instant) error {
	switch {
	case !slices.Contains(ChangeKinds(), c.Kind):
		return ChangeBadKind
	case len(c.Services) == 0 || len(c.Services) > MaxChangeServices:
		return ChangeBadServices
	case c.To < c.From:
		return ChangeBackwards
	case c.Length() > MaxChange:
		return ChangeTooLong
	case c.From < at.Add(-MaxChangePast) || c.From > at.Add(MaxChangeAhead):
		return ChangeFarAway
	case !says(c.Summary) || len(c.Summary) > MaxChangeName:
		return ChangeBadSummary
	case len(c.Description) > MaxChangeDescription:
		return ChangeBadDescription
	case !says(c.By) || len(c.By) > MaxChangeName:
		return ChangeBadAuthor
	case len(c.Key) > MaxChangeName:
		return ChangeBadKey
	case !IsChangeLink(c.Link):
		return ChangeBadLink
	case c.Maintenance && c.To <= max(at, c.From):
		return ChangePastWork
	}
	return nil
}

// IsChangeLink reports whether a link can be that of a change: the address of a
// web page, http or https, without a user and of at most MaxChangeLink bytes, or
// "".
func IsChangeLink(link string) bool {
	if link == "" {
		return true
	}
	u, err := url.Parse(link)
	return err == nil && len(link) <= MaxChangeLink && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		!strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// Add returns the record with a further event; its error is a ChangeRefusal. c
// stays as it is.
func (c ChangeRecord) Add(e ChangeEvent) (ChangeRecord, error) {
	switch {
	case !slices.Contains(ChangeActs(), e.Act):
		return c, ChangeNoSuchAct
	case len(e.Text) > MaxChangeDescription:
		return c, ChangeBadComment
	case len(c.Events) >= MaxChangeEvents:
		return c, ChangeFull
	case e.Act == ReinstateChange && !c.Withdrawn():
		return c, ChangeNotWithdrawn
	case e.Act != ReinstateChange && c.Withdrawn():
		return c, ChangeIsWithdrawn
	case e.Act == c.Verdict():
		return c, ChangeAlreadySo
	case c.Maintenance && e.Act == WithdrawChange && e.At >= c.Planned().From:
		return c, ChangeWorkBegun
	case c.Maintenance && e.Act == ReinstateChange:
		return c, ChangeWorkGone
	case (e.Act == FailChange || e.Act == SucceedChange) && e.At < c.From:
		return c, ChangeAhead
	}
	c.Events = append(slices.Clone(c.Events), e)
	return c, nil
}

// Withdrawn reports whether the record counts no more.
func (c *ChangeRecord) Withdrawn() bool {
	for _, e := range slices.Backward(c.Events) {
		if e.Act == WithdrawChange || e.Act == ReinstateChange {
			return e.Act == WithdrawChange
		}
	}
	return false
}

// Verdict is what people said last of how it went: FailChange, SucceedChange,
// or "" where nobody said.
func (c *ChangeRecord) Verdict() ChangeAct {
	for _, e := range slices.Backward(c.Events) {
		if e.Act == FailChange || e.Act == SucceedChange {
			return e.Act
		}
	}
	return ""
}

// Touches reports whether the change is of the service.
func (c *ChangeRecord) Touches(service string) bool { return slices.Contains(c.Services, service) }

// Planned is the maintenance that the change carries: of its time what came
// after it was received. It is empty where the change carries none.
func (c *ChangeRecord) Planned() Interval {
	if !c.Maintenance {
		return Interval{}
	}
	return Interval{max(c.From, c.RecordedAt), c.To}
}

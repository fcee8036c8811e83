package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// Body is what an entry of one kind records.
type Body interface {
	Kind() Kind
	Subject() string // what it is about, for finding it
	check() error
}

// Epoch begins the log, or goes on with it where a restored backup is older
// than what was issued. Entries before it stay what they are.
type Epoch struct {
	Number   int64  `json:"number"`             // from 1
	Key      string `json:"verifier_key"`       // that the checkpoints from here on are signed with
	Reason   string `json:"reason"`             // one of the Began reasons
	Previous string `json:"previous,omitempty"` // the newest checkpoint known of the epoch before, whole
	Lost     *Range `json:"lost,omitempty"`     // entries of that epoch which are not here
}

// Why an epoch began.
const (
	BeganFirst    = "first_start"
	BeganBehind   = "records_behind_checkpoint"
	BeganOther    = "records_contradict_checkpoint"
	BeganMissing  = "checkpoint_missing"
	BeganKey      = "new_key"
	BeganOperator = "operator"
)

// beganReasons lists them.
var beganReasons = []string{BeganFirst, BeganBehind, BeganOther, BeganMissing, BeganKey, BeganOperator}

// Range is entries From to To, both included.
type Range struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Catalogue is a catalogue that was taken into force. Its sources are kept
// under Digest; what may be a secret in them is masked.
type Catalogue struct {
	Revision string `json:"revision"`
	Kept     string `json:"kept_revision"` // of the sources as they are kept: another one only where a mask changed what they say
	Digest   string `json:"digest"`        // SHA-256 of the kept sources; empty where they could not be kept
	Files    int    `json:"files"`
	Bytes    int64  `json:"bytes"`
	// Promises are the objectives that the catalogue before lacked, as
	// agreement/objective: nothing is sealed of them that was over before.
	Promises []string `json:"promises"`
	// Changed is what it says otherwise than the catalogue before; nil in entries
	// of versions that did not say so.
	Changed *Changed `json:"changed,omitempty"`
}

// Seal is a figure that is final, with what it rests on.
type Seal struct {
	Promise
	Final      Reason            `json:"final"`  // why it was
	Figure     json.RawMessage   `json:"figure"` // as assay replay and the API write it
	Spans      []slo.CountedSpan `json:"spans"`
	Exclusions []Exclusion       `json:"exclusions"`
	Basis
}

// Restatement is the figure of a sealed window as later knowledge has it.
type Restatement struct {
	Promise
	Seal       int64             `json:"seal"`             // index of the entry that it corrects: the seal, or the restatement before
	Reason     string            `json:"reason"`           // ReasonLate, ReasonTerms, or ReasonExclusion of one that was decided on
	Edited     []string          `json:"edited,omitempty"` // of ReasonTerms: the terms that were edited, by their names in the catalogue
	Figure     json.RawMessage   `json:"figure"`
	Spans      []slo.CountedSpan `json:"spans"`
	Exclusions []Exclusion       `json:"exclusions"`
	Difference []Change          `json:"difference"` // from the figure corrected
	Basis
}

// Why a figure is restated.
const (
	ReasonLate  = "late_measurements" // measurements of the window came after it was sealed
	ReasonTerms = "terms_edited"      // a catalogue changed terms that were in force in the window
)

// Edit says that a catalogue changed terms while they were in force, in a window
// that is not sealed. What such an edit does to sealed ones, restatements say.
type Edit struct {
	Promise
	Before       string          `json:"revision_before"`
	Revision     string          `json:"catalogue_revision"`
	Edited       []string        `json:"edited"`        // by their names in the catalogue; EditedAway where the promise left it
	FigureBefore json.RawMessage `json:"figure_before"` // with what was known, under the terms before
	FigureAfter  json.RawMessage `json:"figure_after"`  // under those after; null where the promise left the catalogue
	Difference   []Change        `json:"difference"`
}

// EditedAway is what Edit.Edited says of a promise that left the catalogue.
const EditedAway = "agreement"

// reasonExclusion begins the reason of a restatement that a decision on an
// exclusion made.
const reasonExclusion = "exclusion "

// ReasonExclusion is the reason of a restatement after an exclusion was approved
// or revoked.
func ReasonExclusion(name string) string { return reasonExclusion + name }

// ExclusionOf is the name of the exclusion that a reason tells of; "" and false
// where it tells of something else.
func ExclusionOf(reason string) (name string, ok bool) {
	if !strings.HasPrefix(reason, reasonExclusion) {
		return "", false
	}
	return reason[len(reasonExclusion):], true
}

// Promise names a window of an objective.
type Promise struct {
	Agreement string       `json:"agreement"`
	Objective string       `json:"objective"`
	Service   string       `json:"service"`
	Window    slo.Interval `json:"window"`
}

// Name is the agreement's and the objective's.
func (p Promise) Name() string { return p.Agreement + "/" + p.Objective }

// Subject is the promise's name and its window's beginning.
func (p Promise) Subject() string { return p.Name() + "/" + p.Window.From.String() }

// Exclusion is an occurrence of maintenance that touches the window.
type Exclusion struct {
	Maintenance string `json:"maintenance"`
	slo.Interval
	Announced  *slo.Instant `json:"announced"`
	ExcludedMS int64        `json:"excluded_ms"` // of the window's agreed hours
}

// Change is one field of a figure, before and after.
type Change struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

// Basis is what a figure can be computed from again.
type Basis struct {
	Revision string `json:"catalogue_revision"` // whose terms it is under
	// Catalogues were in force while the evidence was measured, from when: their
	// parameters judge it. Entries of versions that judged everything by the
	// catalogue of the terms have none.
	Catalogues []slo.InForce `json:"catalogues,omitempty"`

	Formula  string   `json:"formula_version"`
	Evidence Evidence `json:"evidence"`
	// Decided is the newest entry with a decision on an exclusion that counts; 0
	// where none does.
	Decided int64 `json:"decided_until,omitempty"`
}

// Evidence is the archived measurements that a figure rests on: those of
// Probes that were made in the interval and whose place in the journal lies
// before Next.
type Evidence struct {
	slo.Interval               // To is what is known: measurements before it
	Next         uint64        `json:"next"`
	Probes       []string      `json:"probes"`
	Days         []EvidenceDay `json:"days"`
}

// EvidenceDay is the part of the evidence that lies in one day's folder of
// the archive.
type EvidenceDay struct {
	Day    archive.Day `json:"day"`
	Rows   int64       `json:"rows"`
	Digest string      `json:"digest"` // of the rows: see docs/formats/ledger.md
	Files  []string    `json:"files"`  // SHA-256 of the files they were read from, sorted
}

// Audit is a line of the audit trail. What it says of persons stays there:
// the log has its digest.
type Audit struct {
	Row     string `json:"row"` // SHA-256 of the line: see AuditLine
	Action  string `json:"action"`
	Object  string `json:"object"`
	Outcome string `json:"outcome"`
}

// Acknowledgement is somebody's taking of an incident.
type Acknowledgement struct {
	Incident string `json:"incident"`
	Row      string `json:"row"` // SHA-256 of the incident's event: see IncidentLine
}

// Comment is what somebody wrote about an incident.
type Comment struct {
	Incident string `json:"incident"`
	Row      string `json:"row"` // SHA-256 of the incident's event: see IncidentLine
}

// IncidentWork is what somebody did to an incident besides taking it and
// writing about it.
type IncidentWork struct {
	Incident string        `json:"incident"`
	Action   slo.EventKind `json:"action"`
	Row      string        `json:"row"` // SHA-256 of the incident's event: see IncidentLine
}

// Report is a report that was issued.
type Report struct {
	Agreement string      `json:"agreement"`
	Period    string      `json:"period"`
	Made      slo.Instant `json:"made"`
	Row       string      `json:"row"` // SHA-256 of its faces: see ReportLine
}

// Kind is epoch.
func (*Epoch) Kind() Kind { return KindEpoch }

// Kind is catalogue.
func (*Catalogue) Kind() Kind { return KindCatalogue }

// Kind is seal.
func (*Seal) Kind() Kind { return KindSeal }

// Kind is restatement.
func (*Restatement) Kind() Kind { return KindRestatement }

// Kind is edit.
func (*Edit) Kind() Kind { return KindEdit }

// Kind is audit.
func (*Audit) Kind() Kind { return KindAudit }

// Kind is acknowledgement.
func (*Acknowledgement) Kind() Kind { return KindAcknowledgement }

// Kind is comment.
func (*Comment) Kind() Kind { return KindComment }

// Kind is incident_work.
func (*IncidentWork) Kind() Kind { return KindIncidentWork }

// Kind is report.
func (*Report) Kind() Kind { return KindReport }

// Subject is the epoch's number.
func (b *Epoch) Subject() string { return strconv.FormatInt(b.Number, 10) }

// Subject is the revision.
func (b *Catalogue) Subject() string { return b.Revision }

// Subject is what was done.
func (b *Audit) Subject() string { return b.Action }

// Subject is the incident.
func (b *Acknowledgement) Subject() string { return b.Incident }

// Subject is the incident.
func (b *Comment) Subject() string { return b.Incident }

// Subject is the incident.
func (b *IncidentWork) Subject() string { return b.Incident }

// Subject is the agreement and the period.
func (b *Report) Subject() string { return b.Agreement + "/" + b.Period }

func (b *Epoch) check() error {
	if b.Number < 1 || b.Key == "" {
		return fmt.Errorf("an epoch without number or key")
	}
	if !slices.Contains(beganReasons, b.Reason) {
		return fmt.Errorf("an epoch does not begin for the reason %.80q", b.Reason)
	}
	if b.Lost != nil && (b.Lost.From < 0 || b.Lost.From > b.Lost.To) {
		return fmt.Errorf("lost entries %d to %d", b.Lost.From, b.Lost.To)
	}
	return nil
}

func (b *Catalogue) check() error {
	if b.Revision == "" || b.Digest != "" && !isDigest(b.Digest) {
		return fmt.Errorf("a catalogue without revision or with digest %q", b.Digest)
	}
	return b.Changed.check()
}

func (b *Seal) check() error { return b.Basis.check(b.Promise) }

func (b *Restatement) check() error {
	if b.Seal < 0 {
		return fmt.Errorf("it corrects entry %d", b.Seal)
	}
	return b.Basis.check(b.Promise)
}

func (b *Edit) check() error {
	if b.Window.Empty() || len(b.Edited) == 0 {
		return fmt.Errorf("an edit of nothing")
	}
	return nil
}

func (b *Basis) check(p Promise) error {
	switch e := b.Evidence; {
	case p.Window.Empty():
		return fmt.Errorf("an empty window")
	case b.Decided < 0:
		return fmt.Errorf("decisions up to entry %d", b.Decided)
	case e.Interval.Empty() || e.Next == 0:
		return fmt.Errorf("evidence from %s to %s before position %d", e.From, e.To, e.Next)
	}
	for i, d := range b.Evidence.Days {
		if _, err := archive.ParseDay(string(d.Day)); err != nil {
			return err
		}
		if d.Rows < 0 || !isDigest(d.Digest) || i > 0 && b.Evidence.Days[i-1].Day >= d.Day {
			return fmt.Errorf("the evidence of %s cannot be", d.Day)
		}
	}
	return nil
}

func (b *Audit) check() error           { return checkRow(b.Row) }
func (b *Acknowledgement) check() error { return checkRow(b.Row) }
func (b *Comment) check() error         { return checkRow(b.Row) }
func (b *IncidentWork) check() error    { return checkRow(b.Row) }
func (b *Report) check() error          { return checkRow(b.Row) }

func checkRow(digest string) error {
	if !isDigest(digest) {
		return fmt.Errorf("%q is not a SHA-256 in hexadecimal", digest)
	}
	return nil
}

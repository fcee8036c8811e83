package slo

// RegisterCandidate is an item that the figures propose; people make one of it,
// or do not. It has no words: those are given where it is shown.
type RegisterCandidate struct {
	ID      string            `json:"id"` // of the item that it becomes, so that it is proposed once
	Reason  CandidateReason   `json:"reason"`
	Subject string            `json:"subject"`      // what it is about: a probe, a service, a resource, an objective, a party
	Count   int               `json:"count"`        // of services that fall with the subject, or of measurements; 0 where nothing is counted
	At      *Instant          `json:"at,omitempty"` // when the subject ends or is used up
	Period  string            `json:"period,omitempty"`
	Values  map[string]string `json:"values"` // of the item's fields, as far as the figures know them
}

// CandidateReason is why an item is proposed.
type CandidateReason string

// The reasons.
const (
	CandidateProbe       CandidateReason = "single_probe"   // a service that several depend on is seen by one probe alone
	CandidateService     CandidateReason = "single_service" // several services fall with one
	CandidateCertificate CandidateReason = "certificate"    // it ends soon
	CandidateContract    CandidateReason = "contract"       // a supplier's, or an agreement, ends soon
	CandidateCapacity    CandidateReason = "capacity"       // a resource is used up before more can be had
	CandidateObjective   CandidateReason = "objective"      // one was missed
	CandidateParty       CandidateReason = "party"          // the catalogue names one whom no register has
)

// CandidateReasons lists every reason.
func CandidateReasons() []CandidateReason {
	return []CandidateReason{
		CandidateProbe, CandidateService, CandidateCertificate, CandidateContract, CandidateCapacity, CandidateObjective, CandidateParty,
	}
}

// ReviewInput is one line of what a management review is given (ISO/IEC
// 20000-1:2018, 9.3): how many of how many, and which.
type ReviewInput struct {
	Key   string   `json:"key"` // stable, such as objectives_missed
	N     int      `json:"n"`
	Of    int      `json:"of"`    // 0 where there is no whole
	Names []string `json:"names"` // at most MaxReviewNames
}

// MaxReviewNames bounds the names of a line.
const MaxReviewNames = 10

// RegisterImport is what a file does, or would do, to a register.
type RegisterImport struct {
	Lines     []RegisterImportLine `json:"lines"`
	Created   int                  `json:"created"`
	Changed   int                  `json:"changed"`
	Unchanged int                  `json:"unchanged"`
	Problems  RegisterProblems     `json:"problems"` // where there is one nothing is done
	Omitted   int                  `json:"problems_omitted"`
	Done      bool                 `json:"done"` // false of a dry run
}

// RegisterImportLine is what one line of a file does.
type RegisterImportLine struct {
	Line  int             `json:"line"` // from 1, the columns' names
	ID    string          `json:"id"`
	Title string          `json:"title"`
	Act   ImportLineActed `json:"act"`
}

// ImportLineActed says what a line of a file does.
type ImportLineActed string

// What a line does.
const (
	LineCreates ImportLineActed = "create"
	LineChanges ImportLineActed = "change"
	LineNothing ImportLineActed = "none"
)

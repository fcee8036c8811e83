package ledger

// Kind says what an entry records.
type Kind string

// The kinds. One that is new is added here, with its body in bodies.go and
// its lines in docs/formats/ledger.md.
const (
	KindEpoch           Kind = "epoch"           // the log, or a part of it after a restored backup, begins
	KindCatalogue       Kind = "catalogue"       // a catalogue was taken into force
	KindSeal            Kind = "seal"            // the figure of a window is final
	KindRestatement     Kind = "restatement"     // a sealed figure changed
	KindEdit            Kind = "edit"            // terms in force were edited
	KindAudit           Kind = "audit"           // somebody did, or tried to do, something
	KindAcknowledgement Kind = "acknowledgement" // somebody took an incident
	KindComment         Kind = "comment"         // somebody wrote about an incident
	KindReport          Kind = "report"          // a report was issued
	KindExclusion       Kind = "exclusion"       // somebody asked for an exclusion after the fact
	KindDecision        Kind = "decision"        // somebody decided on such a request
	KindIncidentWork    Kind = "incident_work"   // somebody did something else to an incident
	KindDrill           Kind = "drill"           // something happened to a drill of a continuity plan
	KindProblem         Kind = "problem"         // something happened to a problem
	KindChange          Kind = "change"          // somebody told of a change of services, or said something of one
	KindRegister        Kind = "register"        // somebody did something to an item of a register
	KindSending         Kind = "sending"         // something happened to a report on its way
	KindVote            Kind = "vote"            // somebody answered a survey
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		KindEpoch, KindCatalogue, KindSeal, KindRestatement, KindEdit, KindAudit, KindAcknowledgement, KindComment, KindReport,
		KindExclusion, KindDecision, KindIncidentWork, KindDrill, KindProblem, KindChange, KindRegister,
		KindSending, KindVote,
	}
}

// newBody is the empty body of a kind, nil for what is none.
func newBody(k Kind) Body {
	switch k {
	case KindEpoch:
		return &Epoch{}
	case KindCatalogue:
		return &Catalogue{}
	case KindSeal:
		return &Seal{}
	case KindRestatement:
		return &Restatement{}
	case KindEdit:
		return &Edit{}
	case KindAudit:
		return &Audit{}
	case KindAcknowledgement:
		return &Acknowledgement{}
	case KindComment:
		return &Comment{}
	case KindReport:
		return &Report{}
	case KindExclusion:
		return &ExclusionRequest{}
	case KindDecision:
		return &Decision{}
	case KindIncidentWork:
		return &IncidentWork{}
	case KindDrill:
		return &Drill{}
	case KindProblem:
		return &ProblemWork{}
	case KindChange:
		return &ChangeRecord{}
	case KindRegister:
		return &Register{}
	case KindSending:
		return &Sending{}
	case KindVote:
		return &Vote{}
	}
	return nil
}

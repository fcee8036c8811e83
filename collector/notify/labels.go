package notify

// Names of the alerts (label alertname). They are stable: routes and silences
// are written with them. docs/notify.md tells what each one means.
const (
	ServiceDown                = "ServiceDown"
	ServiceAffected            = "ServiceAffected"
	ErrorBudgetBurn            = "ErrorBudgetBurn"
	MissingData                = "MissingData"
	BudgetUsed                 = "BudgetUsed"
	ChangesFrozen              = "ChangesFrozen"
	BudgetIncident             = "BudgetIncident"
	AgreementBreached          = "AgreementBreached"
	AgentSilent                = "AgentSilent"
	AgentClockOff              = "AgentClockOff"
	AgentSaturated             = "AgentSaturated"
	AgentCertificateNearExpiry = "AgentCertificateNearExpiry"
	CapacityExhausted          = "CapacityExhausted"
	CapacityExhausting         = "CapacityExhausting"
	CapacityThreshold          = "CapacityThreshold"
	CertificateNearExpiry      = "CertificateNearExpiry"
	IncidentTargetNear         = "IncidentTargetNear"
	IncidentReviewLate         = "IncidentReviewLate"
	JournalFull                = "JournalFull"
	RecordsSetAside            = "RecordsSetAside"
	SealingBehind              = "SealingBehind"
	NotificationFailing        = "NotificationFailing"
	DrillFailed                = "DrillFailed"
	ContinuityTestLate         = "ContinuityTestLate"
	ReportWaiting              = "ReportWaiting"
	MailUndelivered            = "MailUndelivered"
)

// Names of the labels. An alert carries those that identify it, and nothing
// that changes while it lasts.
const (
	LabelAlertname = "alertname"
	LabelSeverity  = "severity"
	LabelService   = "service"
	LabelAgreement = "agreement"
	LabelObjective = "objective"
	LabelWindow    = "window"
	LabelNotify    = "notify"
	LabelStep      = "step"
	LabelProbe     = "probe"
	LabelLocation  = "location"
	LabelAgent     = "agent"
	LabelChannel   = "channel"
	LabelResource  = "resource"
	LabelSeries    = "series" // of a resource: label=value, with commas
	LabelThreshold = "threshold"
	LabelIncident  = "incident"
	LabelClock     = "clock"
	LabelPlan      = "plan"
	LabelDrill     = "drill"
	LabelReason    = "reason"
	LabelSending   = "sending"
)

// Values of the label severity.
const (
	SeverityPage   = "page"   // somebody should act now
	SeverityTicket = "ticket" // somebody should act within days
)

// Names of the annotations: what people read. They may change while the alert
// lasts.
const (
	AnnotationSummary     = "summary"
	AnnotationDescription = "description"
	AnnotationSince       = "since"
	AnnotationSeenFrom    = "seen_from"
	AnnotationEvidence    = "evidence"
	AnnotationBudgetLeft  = "budget_left"
	AnnotationLink        = "link"
	AnnotationIncident    = "incident"
)

package slo

// ExclusionRefusal is why a request is not taken, or a decision is not made.
type ExclusionRefusal string

// The refusals of a request.
const (
	ExclusionEmpty      ExclusionRefusal = "empty_exclusion"   // its end is not after its beginning
	ExclusionTooLong    ExclusionRefusal = "long_exclusion"    // longer than MaxExclusion
	ExclusionAhead      ExclusionRefusal = "ahead"             // it ends in the future, which is a maintenance's
	ExclusionTooOld     ExclusionRefusal = "too_old"           // it begins before what is kept
	ExclusionAgreements ExclusionRefusal = "bad_agreements"    // none, or more than MaxExclusionAgreements
	ExclusionReasons    ExclusionRefusal = "bad_reason"        // none, or longer than MaxExclusionReason
	ExclusionElsewhere  ExclusionRefusal = "other_exclusion"   // another request has its ID
	ExclusionTooMany    ExclusionRefusal = "many_exclusions"   // more are open or in force than are kept
	ExclusionNoPromise  ExclusionRefusal = "unknown_agreement" // the catalogue lacks an agreement that it names
)

// The refusals of a decision.
const (
	NotPending   ExclusionRefusal = "not_pending"   // somebody decided already
	NotApproved  ExclusionRefusal = "not_approved"  // there is no approval to revoke
	OwnRequest   ExclusionRefusal = "own_request"   // who asks does not decide
	NotRequester ExclusionRefusal = "not_requester" // only who asks withdraws
	BadComment   ExclusionRefusal = "bad_comment"   // none where there must be one, or longer than MaxExclusionComment
	NoSuchAct    ExclusionRefusal = "no_such_act"
)

// ExclusionRefusals lists every refusal.
func ExclusionRefusals() []ExclusionRefusal {
	return []ExclusionRefusal{
		ExclusionEmpty, ExclusionTooLong, ExclusionAhead, ExclusionTooOld, ExclusionAgreements, ExclusionReasons, ExclusionElsewhere, ExclusionTooMany, ExclusionNoPromise,
		NotPending, NotApproved, OwnRequest, NotRequester, BadComment, NoSuchAct,
	}
}

// Error is the reason's name.
func (e ExclusionRefusal) Error() string { return string(e) }

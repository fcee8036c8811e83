package slo

// ChangeRefusal is why a change is not recorded, or an event of it is not.
type ChangeRefusal string

// The refusals of a record.
const (
	ChangeBadKind        ChangeRefusal = "bad_kind"
	ChangeBadServices    ChangeRefusal = "bad_services"    // none, or more than MaxChangeServices
	ChangeUnknownService ChangeRefusal = "unknown_service" // the catalogue lacks one of them
	ChangeBackwards      ChangeRefusal = "backwards"       // it ends before it begins
	ChangeTooLong        ChangeRefusal = "long_change"     // longer than MaxChange
	ChangeFarAway        ChangeRefusal = "far_away"        // before MaxChangePast, or after MaxChangeAhead
	ChangeBadSummary     ChangeRefusal = "bad_summary"     // none, or longer than MaxChangeName
	ChangeBadDescription ChangeRefusal = "bad_description" // longer than MaxChangeDescription
	ChangeBadAuthor      ChangeRefusal = "bad_author"      // none, or longer than MaxChangeName
	ChangeBadKey         ChangeRefusal = "bad_key"         // longer than MaxChangeName
	ChangeBadLink        ChangeRefusal = "bad_link"        // no address of a web page, or longer than MaxChangeLink
	ChangePastWork       ChangeRefusal = "past_work"       // it carries maintenance that is over, or takes no time
	ChangeElsewhere      ChangeRefusal = "other_change"    // another change has its key
)

// The refusals of an event.
const (
	ChangeNoSuchAct    ChangeRefusal = "no_such_act"
	ChangeBadComment   ChangeRefusal = "bad_comment" // longer than MaxChangeDescription
	ChangeFull         ChangeRefusal = "full"        // no more is kept
	ChangeAlreadySo    ChangeRefusal = "already_so"
	ChangeIsWithdrawn  ChangeRefusal = "withdrawn"     // it counts no more
	ChangeNotWithdrawn ChangeRefusal = "not_withdrawn" // there is nothing to take back
	ChangeAhead        ChangeRefusal = "ahead"         // it has not begun
	ChangeWorkBegun    ChangeRefusal = "work_begun"    // its maintenance has begun, and figures have it
	ChangeWorkGone     ChangeRefusal = "work_gone"     // its maintenance was withdrawn, and is announced anew by another change
)

// ChangeRefusals lists every refusal.
func ChangeRefusals() []ChangeRefusal {
	return []ChangeRefusal{
		ChangeBadKind, ChangeBadServices, ChangeUnknownService, ChangeBackwards, ChangeTooLong, ChangeFarAway, ChangeBadSummary, ChangeBadDescription,
		ChangeBadAuthor, ChangeBadKey, ChangeBadLink, ChangePastWork, ChangeElsewhere,
		ChangeNoSuchAct, ChangeBadComment, ChangeFull, ChangeAlreadySo, ChangeIsWithdrawn, ChangeNotWithdrawn, ChangeAhead, ChangeWorkBegun, ChangeWorkGone,
	}
}

// Error is the reason's name.
func (e ChangeRefusal) Error() string { return string(e) }

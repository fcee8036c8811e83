package slo

// TestReason is why a continuity plan is to be tested.
type TestReason string

// The reasons.
const (
	TestNever    TestReason = "untested" // it never was
	TestPeriodic TestReason = "periodic" // its time has come round
	TestFailed   TestReason = "failed"   // the last drill did not pass
	TestChanged  TestReason = "changed"  // what it covers had a major change since
)

// TestReasons lists every reason.
func TestReasons() []TestReason {
	return []TestReason{TestNever, TestPeriodic, TestFailed, TestChanged}
}

// DueTest is a test that a continuity plan needs.
type DueTest struct {
	Plan   string
	Drill  string // "" is any of the plan's
	Reason TestReason
	By     Instant // late from then on
	Change string  // ID of the change that it follows; "" of others, and where the plan says so
}

// Late reports whether the test is late at an instant.
func (d DueTest) Late(at Instant) bool { return at >= d.By }

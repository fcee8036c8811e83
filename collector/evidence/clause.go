package evidence

// Clause is a clause of ISO/IEC 20000-1:2018 as far as records can show that
// it is lived by. What it asks for is said in words of our own: the standard
// itself is its publisher's.
type Clause struct {
	Number string // as the standard numbers it
	Needs  []Need // none of a clause that is outside
}

// Need is a set of records that a clause rests on.
type Need struct {
	Set    Set
	Rhythm Rhythm
}

// Rhythm is how often there is to be a record.
type Rhythm uint8

// The rhythms.
const (
	Some    Rhythm = iota // one of the period, or one that is always there
	Monthly               // one of each month
	Yearly                // one of the year that ends with the period
	OnEvent               // where something happened: that there is none says nothing bad
)

// Clauses lists the clauses from 4 to 10, in their order. Those without a need
// are outside of what this product can show.
func Clauses() []Clause {
	return []Clause{
		{"4.1", nil},
		{"4.2", []Need{{Parties, Some}, {Contacts, Some}}},
		{"4.3", []Need{{Services, Some}}},
		{"4.4", []Need{{Catalogues, Some}}},
		{"5.1", []Need{{Reviews, Yearly}}},
		{"5.2", nil},
		{"5.3", []Need{{Services, Some}, {Trail, Some}}},
		{"6.1", []Need{{Risks, Some}}},
		{"6.2", []Need{{Agreements, Some}, {Availability, Monthly}}},
		{"6.3", nil},
		{"7.1", []Need{{Resources, Some}}},
		{"7.2", nil},
		{"7.3", nil},
		{"7.4", []Need{{Mails, Some}}},
		{"7.5", []Need{{Catalogues, Some}, {Trail, Some}}},
		{"7.6", []Need{{Problems, OnEvent}}},
		{"8.1", []Need{{Trail, Some}, {Changes, OnEvent}}},
		{"8.2.1", []Need{{Availability, Monthly}}},
		{"8.2.2", []Need{{Services, Some}}},
		{"8.2.3", []Need{{Suppliers, Some}, {Agreements, Some}}},
		{"8.2.4", []Need{{Services, Some}, {Catalogues, Some}}},
		{"8.2.5", nil},
		{"8.2.6", []Need{{Services, Some}, {Catalogues, Some}, {Changes, OnEvent}}},
		{"8.3.1", []Need{{Agreements, Some}, {Customers, Some}, {Suppliers, Some}}},
		{"8.3.2", []Need{{Customers, Some}, {Contacts, Some}, {Reports, Monthly}, {Satisfaction, Some}, {Complaints, OnEvent}}},
		{"8.3.3", []Need{{Agreements, Some}, {Availability, Monthly}, {Exclusions, OnEvent}, {Reports, Monthly}, {Actions, OnEvent}}},
		{"8.3.4", []Need{{Suppliers, Some}, {Agreements, Some}, {Availability, Monthly}}},
		{"8.4.1", nil},
		{"8.4.2", []Need{{Resources, Some}, {Forecasts, Some}}},
		{"8.4.3", []Need{{Resources, Some}, {Forecasts, Some}}},
		{"8.5.1", []Need{{Changes, OnEvent}}},
		{"8.5.2", nil},
		{"8.5.3", []Need{{Releases, OnEvent}}},
		{"8.6.1", []Need{{Incidents, OnEvent}}},
		{"8.6.2", []Need{{Requests, Some}}},
		{"8.6.3", []Need{{Problems, OnEvent}}},
		{"8.7.1", []Need{{Availability, Monthly}, {Risks, Some}, {Incidents, OnEvent}}},
		{"8.7.2", []Need{{Plans, Some}, {Drills, Yearly}}},
		{"8.7.3", nil},
		{"9.1", []Need{{Availability, Monthly}, {Catalogues, Some}}},
		{"9.2", []Need{{Audits, Yearly}, {Findings, OnEvent}}},
		{"9.3", []Need{{Reviews, Yearly}, {Decisions, Yearly}}},
		{"9.4", []Need{{Reports, Monthly}, {Sendings, OnEvent}, {Mails, Some}}},
		{"10.1", []Need{{Findings, OnEvent}, {Complaints, OnEvent}, {Actions, Some}}},
		{"10.2", []Need{{Actions, Some}}},
	}
}

// Title is what the clause is about.
func (c Clause) Title(l Language) string { return l.Text("clause." + c.Number + ".title") }

// Asks is what the clause asks for.
func (c Clause) Asks(l Language) string { return l.Text("clause." + c.Number + ".asks") }

// Beyond is what the clause asks for that no record here can show; "" where
// there is nothing.
func (c Clause) Beyond(l Language) string { return l.Text("clause." + c.Number + ".beyond") }

// Shows is what the records of a need show for the clause.
func (c Clause) Shows(n Need, l Language) string {
	return l.Text("need." + c.Number + "." + string(n.Set))
}

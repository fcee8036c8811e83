package demo

// The people of the provider, as registers name them.
const (
	ada   = "Ada Lovelace"
	bob   = "Bob Kahn"
	grace = "Grace Hopper"
)

// parties are customers, suppliers and who speaks for them. Hazel Energy came
// last, and nobody has entered it.
func (y *year) parties() []item {
	at := y.on(0, 1, 9, 0)
	var out []item
	add := func(register, id string, chapters ...chapter) { out = append(out, item{register, id, chapters}) }
	for n, c := range customers() {
		if c.name == "hazel" {
			continue
		}
		manager := []string{ada, grace}[n%2]
		add("customers", c.name, chapter{at: at, who: "ada", values: values{"name": c.title, "manager": manager, "since": y.day(-36-n, 1)}})
		add("contacts", c.name+"-contact", chapter{at: at, who: "ada", values: values{
			"name": c.contact, "customer": c.name, "role": "Head of IT", "email": c.mail(), "language": c.language(),
		}})
	}
	suppliers := suppliers()
	supplied := []values{
		{"supplies": "Two lines to the internet", "importance": "high", "contract": "NC-2207", "contract_ends": y.day(18, 28), "owner": bob},
		{"supplies": "Rooms, power and cooling", "importance": "high", "contract": "PP-0019", "contract_ends": y.day(40, 28), "owner": bob},
		{"supplies": "Names and name servers", "importance": "normal", "contract": "OR-118", "contract_ends": y.day(30, 28), "owner": ada},
		{"supplies": "Payments by card", "importance": "normal", "contract": "PG-77/3", "contract_ends": y.day(14, 10), "owner": ada},
	}
	judged := []struct{ first, second, notes string }{
		{"4", "2", "Two long faults of one fibre within the year; the way around it is to be ordered."},
		{"5", "5", ""},
		{}, // nobody has evaluated it
		{"3", "4", "Answers faster since the complaint of spring."},
	}
	for n, s := range suppliers {
		v := supplied[n]
		v["name"], v["in_reports"] = s.title, "yes"
		chapters := []chapter{{at: at, who: "ada", values: v}}
		if j := judged[n]; j.first != "" {
			chapters = append(chapters,
				chapter{at: y.on(1, 20, 14, 0), who: "grace", text: "Yearly evaluation", values: values{"evaluation": j.first, "evaluated": y.day(1, 20)}},
				chapter{at: y.on(10, 19, 14, 0), who: "grace", text: "Evaluated again before the management review", values: values{"evaluation": j.second, "evaluated": y.day(10, 19), "notes": j.notes}})
		}
		add("suppliers", s.name, chapters...)
	}
	add("contacts", "northline-contact", chapter{at: at, who: "bob", values: values{"name": "Erik Dahl", "supplier": "northline", "role": "Duty desk", "phone": "+49 40 555 0100"}})
	add("contacts", "paygate-contact", chapter{at: at, who: "bob", values: values{"name": "Nadia Haddad", "supplier": "paygate", "role": "Account manager", "email": "nadia.haddad@paygate.example"}})
	return out
}

// mail is the address of who speaks for the customer.
func (c customer) mail() string { return "it@" + c.name + ".example" }

// language is that in which he is written to.
func (c customer) language() string {
	if c.zone == "Asia/Shanghai" {
		return "zh"
	}
	return "en"
}

package evidence

// Clause is a clause of ISO/IEC 20000-1:2018 as far as records can show that
// it is lived by. What it asks for is said in words of our own: the standard
// itself is its publisher's.
type Clause struct {
	Number string // as the standard numbers it
	Title  string
	Asks   string
	Needs  []Need // none of a clause that is outside
	Beyond string // what it asks for that no record here can show; "" where nothing
}

// Need is a set of records that a clause rests on.
type Need struct {
	Set     Set
	For     string // what the records show
	Monthly bool   // each month is to have one
	Event   bool   // comes of events only: that there is none says nothing bad
}

// Clauses lists the clauses from 4 to 10, in their order. Those without a need
// are outside of what this product can show.
func Clauses() []Clause {
	return []Clause{
		{"4.1", "Context of the organisation", "Know what inside and outside of the organisation bears on its services.", nil, documents},
		{"4.2", "Interested parties", "Know who has a stake in the services, and what they need.",
			[]Need{{Set: Parties, For: "customers and suppliers that agreements name"}, {Set: Contacts, For: "who speaks for them"}}, "other parties, such as regulators and owners"},
		{"4.3", "Scope", "Say what the management system covers.", []Need{{Set: Services, For: "the services in scope"}}, "the statement of scope itself"},
		{"4.4", "The management system", "Establish it, run it, keep it up and improve it.", []Need{{Set: Catalogues, For: "that it was run and changed in a controlled way"}}, ""},
		{"5.1", "Leadership and commitment", "Top management answers for the system and takes part.", []Need{{Set: Reviews, For: "that management looks and decides"}}, "what leadership does otherwise"},
		{"5.2", "Policy", "Have a policy that people know.", nil, documents},
		{"5.3", "Roles and responsibilities", "Say who answers for what.", []Need{{Set: Services, For: "that each service has an owner"}, {Set: Trail, For: "who did what, in which role"}}, "appointments"},
		{"6.1", "Risks and opportunities", "Find risks to the services, rate them and treat them.", []Need{{Set: Risks, For: "risks with rating, treatment and owner"}}, ""},
		{"6.2", "Objectives", "Set objectives that can be measured, and plan how to reach them.", []Need{{Set: Agreements, For: "objectives with numbers"}, {Set: Availability, For: "that they are measured", Monthly: true}}, "objectives that are no service's"},
		{"6.3", "Planning the management system", "Plan the system and keep the plan current.", nil, documents},
		{"7.1", "Resources", "Provide people, technology, information and money.", []Need{{Set: Resources, For: "technical, human and financial capacity with limits"}}, "how they were decided on"},
		{"7.2", "Competence", "People are able to do their work.", nil, people},
		{"7.3", "Awareness", "People know the policy and their part.", nil, people},
		{"7.4", "Communication", "Know what is told to whom, when and how.", []Need{{Set: Mails, For: "reports that were sent, to whom and when"}}, "other communication"},
		{"7.5", "Documented information", "Keep records authentic, legible and findable.", []Need{{Set: Catalogues, For: "each version of what was agreed"}, {Set: Trail, For: "each change with its actor"}}, "documents kept elsewhere"},
		{"7.6", "Knowledge", "Have the knowledge that the services need, where it is needed.", []Need{{Set: Problems, For: "known errors and workarounds", Event: true}}, "other knowledge"},
		{"8.1", "Operational planning and control", "Run the processes as planned, and control changes to them.", []Need{{Set: Trail, For: "what was done, by whom"}}, "process descriptions"},
		{"8.2.1", "Service delivery", "Operate the management system so that services are delivered.", []Need{{Set: Availability, For: "what was delivered", Monthly: true}}, ""},
		{"8.2.2", "Plan the services", "Determine what services must do, and how critical each is.", []Need{{Set: Services, For: "criticality and dependencies of each service"}}, "requirements"},
		{"8.2.3", "Control of parties involved", "Keep control where others provide parts of the services.", []Need{{Set: Suppliers, For: "parties and what they contribute"}, {Set: Agreements, For: "what was agreed with them"}}, ""},
		{"8.2.4", "Service catalogue", "Keep a catalogue of services, their outcomes and dependencies, for those who need it.", []Need{{Set: Services, For: "the services, with owner, criticality and dependencies"}, {Set: Catalogues, For: "that it is kept current"}}, ""},
		{"8.2.5", "Assets", "Manage the assets that deliver the services.", nil, "a register of assets is not part of this product"},
		{"8.2.6", "Configuration", "Know the items that make up a service and how they depend on each other; verify it.", []Need{{Set: Services, For: "dependencies between services"}, {Set: Catalogues, For: "each configuration that was in force, by digest"}}, "items that nothing probes"},
		{"8.3.1", "Relationships and agreements, general", "Manage customers, agreements and suppliers together.", []Need{{Set: Agreements, For: "agreements with customers, within and with suppliers"}}, ""},
		{"8.3.2", "Business relationships", "Know each customer, review performance with them, measure satisfaction, handle complaints to their closure.",
			[]Need{{Set: Customers, For: "customers and contacts"}, {Set: Reports, For: "performance that customers were shown", Monthly: true}, {Set: Satisfaction, For: "satisfaction that was measured"}, {Set: Complaints, For: "complaints and how they ended", Event: true}}, "minutes of meetings"},
		{"8.3.3", "Service levels", "Agree on targets for each service, monitor them against the agreement, review and report.",
			[]Need{{Set: Agreements, For: "agreed targets, by version"}, {Set: Availability, For: "results against them", Monthly: true}, {Set: Exclusions, For: "what was taken out, by whose decision", Event: true}, {Set: Reports, For: "that they were reported", Monthly: true}}, ""},
		{"8.3.4", "Suppliers", "Have contracts with suppliers, monitor what they deliver, and deal with shortfalls.", []Need{{Set: Suppliers, For: "suppliers and their contracts"}, {Set: Agreements, For: "what they promise"}, {Set: Availability, For: "what they delivered", Monthly: true}}, "contracts themselves"},
		{"8.4.1", "Budgeting and accounting", "Budget for services and account for their cost.", nil, "money is not part of this product, but for service credits"},
		{"8.4.2", "Demand", "Know the demand for services and forecast it.", []Need{{Set: Resources, For: "load against limits"}}, ""},
		{"8.4.3", "Capacity", "Plan capacity from demand, monitor it, and act before it runs out.", []Need{{Set: Resources, For: "resources with limits and lead times"}, {Set: Forecasts, For: "forecasts, and how good earlier ones were"}}, ""},
		{"8.5.1", "Changes", "Record, assess, approve, make and review changes; reverse those that fail.", []Need{{Set: Changes, For: "changes, and what came of them", Event: true}}, "assessment and approval where another tool holds them"},
		{"8.5.2", "Design and transition", "Plan, design and hand over services that are new or changed.", nil, documents},
		{"8.5.3", "Releases", "Plan releases, verify them, and measure their success.", []Need{{Set: Changes, For: "releases, with the service before and after", Event: true}}, "plans of releases"},
		{"8.6.1", "Incidents", "Record, classify, prioritise, escalate and resolve incidents; treat major ones by a procedure and review them.", []Need{{Set: Incidents, For: "incidents with their clocks and timeline", Event: true}}, ""},
		{"8.6.2", "Service requests", "Record and fulfil service requests.", []Need{{Set: Requests, For: "counts and times of requests"}}, "single requests"},
		{"8.6.3", "Problems", "Find causes of incidents, record known errors, and see whether the fix held.", []Need{{Set: Problems, For: "problems with cause, workaround and recurrence", Event: true}}, ""},
		{"8.7.1", "Availability", "Assess risks to availability, agree on targets, monitor and investigate.", []Need{{Set: Availability, For: "results against targets", Monthly: true}, {Set: Incidents, For: "outages that were looked into", Event: true}}, ""},
		{"8.7.2", "Continuity", "Have plans with recovery targets, test them, record results and act on failures.", []Need{{Set: Plans, For: "plans with RTO and RPO"}, {Set: Drills, For: "tests and their results"}}, ""},
		{"8.7.3", "Information security", "Have a policy, controls, and handle security incidents.", nil, "information security is not part of this product"},
		{"9.1", "Monitoring and measurement", "Decide what is measured and how, measure it, and evaluate the services against it.", []Need{{Set: Availability, For: "measured figures with their coverage", Monthly: true}, {Set: Catalogues, For: "what was measured and how"}}, ""},
		{"9.2", "Internal audit", "Audit the system at planned intervals, and keep programme and findings.", []Need{{Set: Audits, For: "audits that were planned and held"}, {Set: Findings, For: "what they found", Event: true}}, "audit reports"},
		{"9.3", "Management review", "Management reviews the system at planned intervals, and decides.", []Need{{Set: Reviews, For: "reviews with their inputs"}, {Set: Decisions, For: "what management decided"}}, ""},
		{"9.4", "Service reporting", "Report on services as agreed: purpose, audience, data; decide on them.", []Need{{Set: Reports, For: "reports as they were issued", Monthly: true}, {Set: Mails, For: "that they arrived"}}, ""},
		{"10.1", "Nonconformity and corrective action", "React to what does not conform, find its cause, act, and look whether it helped.", []Need{{Set: Actions, For: "actions with figures before and after"}, {Set: Findings, For: "findings that they answer", Event: true}}, ""},
		{"10.2", "Continual improvement", "Improve all the time, by criteria, and measure it.", []Need{{Set: Actions, For: "improvements with owner, date and effect"}}, ""},
	}
}

// What clauses ask for that records of services do not show.
const (
	documents = "documents that an organisation keeps elsewhere"
	people    = "records of people, kept elsewhere"
)

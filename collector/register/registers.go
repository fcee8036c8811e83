// Package register knows the registers of the management system: customers and
// contacts, suppliers, complaints, risks, improvement actions, audits and
// findings, management reviews and decisions. Each is a shape, as data, and the
// same pure functions decide on all of them; docs/decisions/0016 says why.
package register

import "github.com/assay-sla/assay/slo"

// The names of the registers.
const (
	Customers  = "customers"
	Contacts   = "contacts"
	Suppliers  = "suppliers"
	Complaints = "complaints"
	Risks      = "risks"
	Actions    = "actions"
	Audits     = "audits"
	Findings   = "findings"
	Reviews    = "reviews"
	Decisions  = "decisions"
)

// All lists the registers in the order in which they are shown. A new one is
// added here, with its words in collector/web.
func All() []slo.Register {
	return []slo.Register{customers(), contacts(), suppliers(), complaints(), risks(), actions(), audits(), findings(), reviews(), decisions()}
}

// Named returns a register by its name, nil where there is none.
func Named(name string) *slo.Register {
	for _, g := range All() {
		if g.Name == name {
			return &g
		}
	}
	return nil
}

func line(name string) slo.RegisterField { return slo.RegisterField{Name: name, Kind: slo.FieldLine} }
func text(name string) slo.RegisterField { return slo.RegisterField{Name: name, Kind: slo.FieldText} }
func date(name string) slo.RegisterField { return slo.RegisterField{Name: name, Kind: slo.FieldDate} }

func number(name string) slo.RegisterField {
	return slo.RegisterField{Name: name, Kind: slo.FieldNumber}
}

func service() slo.RegisterField {
	return slo.RegisterField{Name: "service", Kind: slo.FieldService}
}

func choice(name string, of ...string) slo.RegisterField {
	return slo.RegisterField{Name: name, Kind: slo.FieldChoice, Choices: of}
}

func item(name, register string) slo.RegisterField {
	return slo.RegisterField{Name: name, Kind: slo.FieldItem, Of: register}
}

// scale is a rating from 1, the least, to 5.
func scale(name string) slo.RegisterField { return choice(name, "1", "2", "3", "4", "5") }

// reported says whether the item stands in service reports, which customers read.
func reported() slo.RegisterField { return choice("in_reports", "yes", "no") }

func required(f slo.RegisterField) slo.RegisterField {
	f.Required = true
	return f
}

// parties are the states of whom there are dealings with.
func parties() ([]slo.RegisterState, []slo.RegisterMove) {
	return []slo.RegisterState{{Name: "active"}, {Name: "former", Over: true}}, []slo.RegisterMove{{From: "active", To: "former"}, {From: "former", To: "active"}}
}

// Package demo builds a year of a fictitious provider: a catalogue, what agents
// measured, what went wrong, and what people did about it. All of it goes
// through a real collector whose clock is set, and follows from a seed.
package demo

import "fmt"

// customer is one of the provider's.
type customer struct {
	name, title, zone string
	contact           string
}

// service is one of the provider's.
type service struct {
	name        string
	customer    string // "" of an inner one
	criticality string
	dependsOn   []string
	target      string // percent, "" where nobody is promised anything
}

// supplier gives the provider something that its services rest on.
type supplier struct {
	name, title, service, target string
}

func customers() []customer {
	return []customer{
		{"alder", "Alder Brewery", "Europe/Berlin", "Jonas Weber"},
		{"birch", "Birch Clinics", "Europe/Berlin", "Dr. Lena Vogt"},
		{"cedar", "Cedar Logistics", "Europe/London", "Olivia Grant"},
		{"dogwood", "Dogwood Insurance", "Europe/London", "Samir Shah"},
		{"elm", "Elm Schools", "Europe/Dublin", "Aoife Byrne"},
		{"fir", "Fir Outdoor", "Europe/Stockholm", "Maja Lind"},
		{"ginkgo", "银杏书店", "Asia/Shanghai", "陈晓"},
		{"hazel", "Hazel Energy", "Europe/Berlin", "Pia Brandt"},
	}
}

func suppliers() []supplier {
	return []supplier{
		{"northline", "Northline Carrier", "network", "99.9"},
		{"peak", "Peak Power and Cooling", "datacentre", "99.95"},
		{"registrar", "Open Registrar", "dns", "99.99"},
		{"paygate", "Paygate", "payments", "99.5"},
	}
}

// services are ten inner ones and five of each customer.
func services() []service {
	out := []service{
		{"datacentre", "", "high", nil, ""},
		{"network", "", "high", nil, ""},
		{"dns", "", "high", nil, ""},
		{"payments", "", "medium", nil, ""},
		{"storage", "", "high", []string{"datacentre"}, "99.9"},
		{"database-one", "", "high", []string{"storage"}, "99.9"},
		{"database-two", "", "high", []string{"storage"}, "99.9"},
		{"identity", "", "high", []string{"database-one"}, "99.9"},
		{"backup", "", "medium", []string{"storage"}, "99"},
		{"monitoring", "", "low", nil, ""},
	}
	for n, c := range customers() {
		database := [...]string{"database-one", "database-two"}[n%2]
		for _, s := range []service{
			{"web", c.name, "high", []string{"network", database}, "99.9"},
			{"orders", c.name, "high", []string{database, "payments"}, "99.5"},
			{"mail", c.name, "medium", []string{"network", "dns"}, "99.5"},
			{"files", c.name, "medium", []string{"storage"}, "99"},
			{"reports", c.name, "low", []string{database}, "98"},
		} {
			s.name = fmt.Sprintf("%s-%s", c.name, s.name)
			out = append(out, s)
		}
	}
	return out
}

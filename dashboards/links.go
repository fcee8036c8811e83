package dashboards

// marks are what is marked on the graphs: open incidents, changes and drills.
func marks(labels string) annotations {
	return annotations{[]annotation{incidents(labels), otherIncidents(labels), changes(labels), drills(labels)}}
}

// incidents marks the times of downtime.
func incidents(labels string) annotation {
	a := marking("Incidents", "max by (service) (max_over_time(assay_incidents_open"+labels+"[$__interval]))")
	a.IconColor, a.TitleFormat, a.TextFormat, a.TagKeys = colourDown, "{{service}} down", "An incident of {{service}} is open.", "service"
	return a
}

// otherIncidents marks the times of open incidents that are no downtime.
func otherIncidents(labels string) annotation {
	a := marking("Other incidents", "max by (service, name) (max_over_time(assay_incidents"+with(labels, `trigger!="service_down"`)+"[$__interval]))")
	a.IconColor, a.TitleFormat, a.TextFormat, a.TagKeys = colourDown, "{{name}}", "An incident is open: {{name}}.", "service"
	return a
}

// changes marks when changes and releases begin, and how long they take.
func changes(labels string) annotation {
	a := marking("Changes", "max by (service, kind, summary) (max_over_time(assay_change_under_way"+labels+"[$__interval]))")
	a.IconColor, a.TitleFormat, a.TextFormat, a.TagKeys = colourWork, "{{kind}} of {{service}}", "{{summary}}", "service,kind"
	return a
}

// drills marks when continuity plans are tested: what is down then may be a test.
func drills(labels string) annotation {
	a := marking("Drills", "max by (service, plan, drill, kind) (max_over_time(assay_drill_under_way"+labels+"[$__interval]))")
	a.IconColor, a.TitleFormat, a.TextFormat, a.TagKeys = colourUsed, "Drill of {{plan}}", "The drill {{drill}} of the continuity plan {{plan}} runs ({{kind}}).", "service,kind"
	return a
}

// marking is an annotation where a query is above 0.
func marking(name, expr string) annotation {
	t := targets([]query{{expr: expr}}, target{Format: "time_series", Range: true, Interval: stateInterval})[0]
	t.RefID = name
	return annotation{
		Name: name, Datasource: datasource(), Enable: true,
		Expr: t.Expr, Step: stateInterval, Target: annotationTarget{t, 100, false, []string{}, "dashboard"},
	}
}

// links lead to the other dashboards and to a page of the collector.
func links(page, path string) []link {
	return []link{
		{
			Title: "Assay dashboards", Type: "dashboards", Icon: "external link", Tooltip: "The other dashboards of Assay",
			Tags: []string{tag}, IncludeVars: true, KeepTime: true,
		},
		{
			Title: page, Type: "link", Icon: "external link", Tooltip: "The collector's own page, with evidence",
			URL: "${assay:raw}" + path, Tags: []string{}, TargetBlank: true,
		},
	}
}

// Links from a value lead to what the value is about. label is how Grafana
// finds the name: a label of the series, or a column of the row.
const (
	keep      = "&var-datasource=${datasource}&var-assay=${assay:percentencode}&${__url_time_range}"
	ofSeries  = "${__field.labels."
	ofRow     = "${__data.fields."
	nameInURL = ":percentencode}"
)

func toService(of, label string) dataLink {
	return dataLink{Title: "Service", URL: "/d/" + ServiceUID + "?var-service=" + of + label + nameInURL + keep}
}

func toAgreement(of, agreement, objective string) dataLink {
	return dataLink{Title: "Agreement", URL: "/d/" + AgreementUID + "?var-agreement=" + of + agreement + nameInURL +
		"&var-objective=" + of + objective + nameInURL + keep}
}

// toServicePage leads to a service on the collector's page.
func toServicePage(of, label string) dataLink {
	return dataLink{Title: "Page of the service", URL: "${assay:raw}/services/" + of + label + nameInURL, TargetBlank: true}
}

// toPage leads to one of the collector's pages.
func toPage(title, path string) dataLink {
	return dataLink{Title: title, URL: "${assay:raw}" + path, TargetBlank: true}
}

// toRecord leads to one of the records under a path of the collector's pages.
func toRecord(title, path, of, label string) dataLink {
	return dataLink{Title: title, URL: "${assay:raw}" + path + of + label + nameInURL, TargetBlank: true}
}

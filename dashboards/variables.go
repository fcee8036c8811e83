package dashboards

// pageURL is where the pages are by default. The variable assay has it as its
// value; docs/grafana.md tells how to change it.
const pageURL = "http://127.0.0.1:8420"

// Values of Grafana's own enumerations.
const (
	labelValues     = 1 // query type of a Prometheus variable
	onTimeRange     = 2 // refresh
	alphabetical    = 1 // sort
	variableRefID   = "PrometheusVariableQueryEditor-VariableQuery"
	datasourceByUID = "assay" // of configs/grafana/provisioning
)

// datasourceVariable chooses the data source, and prefers the provisioned one.
func datasourceVariable() variable {
	return variable{
		Name: "datasource", Label: "Data source", Type: "datasource", Query: "prometheus",
		Description: "The Prometheus data source whose URL is that of the collector with /prometheus",
		Current:     &option{true, "Assay", datasourceByUID}, Options: []option{},
	}
}

// pageVariable holds the address of the pages that links lead to.
func pageVariable() variable {
	o := option{true, pageURL, pageURL}
	return variable{
		Name: "assay", Label: "Assay", Type: "textbox", Query: pageURL,
		Description: "Address of the collector's pages, which links lead to",
		Current:     &o, Options: []option{o},
	}
}

// oneOf is a variable with one value of a label.
func oneOf(name, label, description, metric string) variable {
	d := datasource()
	definition := "label_values(" + metric + ", " + name + ")"
	return variable{
		Name: name, Label: label, Description: description, Type: "query", Datasource: &d,
		Definition: definition, Query: variableQuery{labelValues, definition, variableRefID},
		Refresh: onTimeRange, Sort: alphabetical, Options: []option{},
	}
}

// anyOf is a variable with any number of values of a label, all at first. It
// goes into selectors as a regular expression, in which all are those that the
// metric has.
func anyOf(name, label, description, metric string) variable {
	v := oneOf(name, label, description, metric)
	v.Multi, v.IncludeAll = true, true
	v.Current = &option{true, []string{"All"}, []string{"$__all"}}
	return v
}

// Package dashboards makes the Grafana dashboards of Assay: the fleet, one
// service, one agreement, and operations. They are the same for every catalogue, since they
// find services and agreements by the labels of the series, so the files in
// generated/ are committed and fit every collector.
//
// Nothing here computes an availability. The panels draw the figures that the
// collector writes as series; samples are counted nowhere, so a dashboard
// never tells another figure than the page, the report and the alerts.
package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
)

//go:generate go run ./generate generated

// Grafana's identifiers of the dashboards: the last part of their addresses,
// and the names of their files without .json.
const (
	FleetUID      = "assay-fleet"
	ServiceUID    = "assay-service"
	AgreementUID  = "assay-agreement"
	OperationsUID = "assay-operations"
)

// Generate returns every dashboard as JSON that Grafana imports and
// provisions, by file name. The same build always gives the same bytes.
func Generate() map[string][]byte {
	files := map[string][]byte{}
	for _, d := range []dashboard{fleet(), service(), agreement(), operations()} {
		files[d.UID+".json"] = encode(d)
	}
	return files
}

// encode writes a dashboard in the indentation that Grafana itself exports,
// with < and > of queries as they are.
func encode(d dashboard) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil { // a float that is no number: a mistake in this package
		panic(fmt.Sprintf("dashboards: encoding %s: %v", d.UID, err))
	}
	return b.Bytes()
}

// newDashboard is what all dashboards have in common.
func newDashboard(uid, title, description, from string) dashboard {
	return dashboard{
		UID: uid, Title: title, Description: description,
		Tags: []string{tag}, Timezone: "browser", Editable: true,
		GraphTooltip: sharedCrosshair,
		Time:         timeRange{from, "now"}, Refresh: "30s",
		SchemaVersion: schemaVersion,
	}
}

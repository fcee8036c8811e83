// Package grafana tests the provisioning files for Grafana.
package grafana

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/collector/remote"
	"github.com/assay-sla/assay/dashboards"
)

// datasources is the part of Grafana's format for data sources that the file
// uses: https://grafana.com/docs/grafana/latest/administration/provisioning/
type datasources struct {
	APIVersion  int `yaml:"apiVersion"`
	Datasources []struct {
		Name, UID, Type, Access, URL string
		Editable                     bool
		JSONData                     struct {
			TimeInterval      string `yaml:"timeInterval"`
			HTTPMethod        string `yaml:"httpMethod"`
			PrometheusType    string `yaml:"prometheusType"`
			PrometheusVersion string `yaml:"prometheusVersion"`
			ManageAlerts      *bool  `yaml:"manageAlerts"`
		} `yaml:"jsonData"`
	}
}

// providers is the same for dashboards.
type providers struct {
	APIVersion int `yaml:"apiVersion"`
	Providers  []struct {
		Name, Type, Folder    string
		FolderUID             string `yaml:"folderUid"`
		UpdateIntervalSeconds int    `yaml:"updateIntervalSeconds"`
		DisableDeletion       bool   `yaml:"disableDeletion"`
		AllowUIUpdates        bool   `yaml:"allowUiUpdates"`
		Options               struct{ Path string }
	}
}

// load decodes a file and refuses fields that Grafana does not have.
func load(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// TestDatasource tells that the data source is where a collector has its
// Prometheus API, and is the one that the dashboards prefer.
func TestDatasource(t *testing.T) {
	var f datasources
	load(t, "provisioning/datasources/assay.yaml", &f)
	if f.APIVersion != 1 || len(f.Datasources) != 1 {
		t.Fatalf("version %d, %d data sources", f.APIVersion, len(f.Datasources))
	}
	d := f.Datasources[0]
	example, problems := collector.LoadConfig("../collector.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	u, err := url.Parse(d.URL)
	if err != nil || u.Scheme != "http" || u.Host != example.Listen || u.Path != remote.DefaultPrefix {
		t.Errorf("the URL is %s (%v); the collector listens at %s", d.URL, err, example.Listen)
	}
	if d.Type != "prometheus" || d.Access != "proxy" || d.JSONData.ManageAlerts == nil || *d.JSONData.ManageAlerts {
		t.Errorf("it is %+v", d)
	}
	if every, err := time.ParseDuration(d.JSONData.TimeInterval); err != nil || every != 15*time.Second {
		t.Errorf("the interval is %s (%v)", d.JSONData.TimeInterval, err)
	}
	for name, data := range dashboards.Generate() {
		if got := preferred(t, data); got != [2]string{d.Name, d.UID} {
			t.Errorf("%s prefers the data source %v", name, got)
		}
	}
}

// preferred is the name and uid of the data source that a dashboard begins
// with.
func preferred(t *testing.T, dashboard []byte) [2]string {
	t.Helper()
	var d struct {
		Templating struct {
			List []struct {
				Type    string
				Current struct{ Text, Value any }
			}
		}
	}
	if err := json.Unmarshal(dashboard, &d); err != nil {
		t.Fatal(err)
	}
	for _, v := range d.Templating.List {
		if text, ok := v.Current.Text.(string); ok && v.Type == "datasource" {
			return [2]string{text, v.Current.Value.(string)}
		}
	}
	return [2]string{}
}

func TestDashboardProvider(t *testing.T) {
	var f providers
	load(t, "provisioning/dashboards/assay.yaml", &f)
	if f.APIVersion != 1 || len(f.Providers) != 1 {
		t.Fatalf("version %d, %d providers", f.APIVersion, len(f.Providers))
	}
	if p := f.Providers[0]; p.Type != "file" || p.Options.Path == "" || p.UpdateIntervalSeconds < 10 {
		t.Errorf("it is %+v", p)
	}
}

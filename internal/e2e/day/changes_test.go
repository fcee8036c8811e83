package day

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-sla/assay/slo"
)

const changesPath = "/api/v1/changes"

// change is one as the API shows it.
type change struct {
	ID, Key, Kind, Summary string
	Services               []string
	RecordedAt             slo.Instant `json:"recorded_at"`
	DuringFreeze           bool        `json:"during_freeze"`
	Events                 []slo.ChangeEvent
}

func (w *world) changes() ([]change, error) {
	var got struct{ Changes []change }
	err := w.call("ada", http.MethodGet, changesPath, nil, &got)
	return got.Changes, err
}

// change is the ID of the change of a key.
func (w *world) change(key string) (string, error) {
	list, err := w.changes()
	if err != nil {
		return "", err
	}
	for _, c := range list {
		if c.Key == key {
			return c.ID, nil
		}
	}
	return "", fmt.Errorf("no change has the key %s", key)
}

// recordChanges writes what is on record of changes into the timeline.
func (w *world) recordChanges() error {
	list, err := w.changes()
	if err != nil {
		return err
	}
	marked, err := w.marks()
	if err != nil {
		return err
	}
	for _, c := range list {
		if !marked[c.ID] {
			return fmt.Errorf("Grafana has no mark of %s", c.Key)
		}
		text := fmt.Sprintf("%s %s of %s is recorded and marked", c.Kind, c.Key, strings.Join(c.Services, ", "))
		if c.DuringFreeze {
			text += ", during a freeze"
		}
		w.line.add(c.RecordedAt, fromChange, text)
		for _, e := range c.Events {
			w.line.add(e.At, fromChange, fmt.Sprintf("%s: %s, says %s", c.Key, e.Act, e.Actor))
		}
	}
	return nil
}

// marks are the changes of the day that Grafana shows on its graphs.
func (w *world) marks() (map[string]bool, error) {
	var got struct {
		Data struct {
			Result []struct{ Metric struct{ Change string } }
		}
	}
	query := url.Values{"query": {"count_over_time(assay_change_under_way[1d])"}}
	if err := w.call("ada", http.MethodGet, "/prometheus/api/v1/query?"+query.Encode(), nil, &got); err != nil {
		return nil, err
	}
	marked := map[string]bool{}
	for _, r := range got.Data.Result {
		marked[r.Metric.Change] = true
	}
	return marked, nil
}

package day

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// base is where the collector's pages are.
const base = "http://127.0.0.1:8420"

// people are those who talk to the collector; the token of each is the name.
var people = []string{"ada", "bob", "grace", "ci", "prometheus"}

// person has somebody say something to the collector: words are what is done,
// to which service's latest incident or to which drill, and with what.
func (w *world) person(who string, words []string, text string) error {
	what, about, with := words[0], words[1], append(words[2:], "")[0]
	switch what {
	case "drill":
		return w.call(who, http.MethodPost, "/api/v1/drills", map[string]any{"plan": "site-loss", "drill": about, "reason": text}, nil)
	case "deploy":
		return w.call(who, http.MethodPost, changesPath, map[string]any{"kind": "release", "service": about, "key": with, "summary": with + ". " + text}, nil)
	case "fail-change":
		id, err := w.change(about)
		if err != nil {
			return err
		}
		return w.call(who, http.MethodPost, changesPath+"/"+id+"/fail", map[string]any{"text": text}, nil)
	case "review-drill":
		id, err := w.drill(about)
		if err != nil {
			return err
		}
		participants, comment, _ := strings.Cut(text, ": ")
		return w.call(who, http.MethodPost, "/api/v1/drills/"+id+"/review", map[string]any{"participants": participants, "comment": comment, "passed": with == "passed"}, nil)
	}
	body := map[string]any{}
	switch {
	case what == "assign":
		body = map[string]any{"to": with}
	case what == "resolve":
		body = map[string]any{"code": with, "cause": text}
	case text != "":
		body["text"] = text
	}
	id, err := w.incident(about)
	if err != nil {
		return err
	}
	return w.call(who, http.MethodPost, "/api/v1/incidents/"+id+"/"+what, body, nil)
}

// incident is the ID of the latest incident of a service that is part of no
// other.
func (w *world) incident(service string) (string, error) {
	list, err := w.incidents("service=" + service)
	if err != nil {
		return "", err
	}
	n := slices.IndexFunc(list, func(i incident) bool { return i.Parent == "" })
	if n < 0 {
		return "", fmt.Errorf("%s has no incident", service)
	}
	return list[n].ID, nil
}

// foreign has another system's Alertmanager tell of an alert.
func (w *world) foreign(name, status, service string, at slo.Instant) error {
	if _, ok := w.alerts[name]; !ok {
		w.alerts[name] = at
	}
	return w.call("prometheus", http.MethodPost, "/api/v1/hooks/alertmanager", map[string]any{
		"version": "4", "groupKey": name, "status": status, "alerts": []any{map[string]any{
			"status": status, "fingerprint": name, "startsAt": w.alerts[name], "labels": map[string]string{"alertname": name, "service": service},
		}},
	}, nil)
}

// call asks the API as somebody, and reads the answer.
func (w *world) call(who, method, path string, body, into any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, base+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+who)
	resp, err := w.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s: %s %s: %s: %s", who, method, path, resp.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

package notify

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var webhookDoc = "../../docs/formats/webhook.md"

// blocks are the contents of the fenced blocks of a language in a page.
func blocks(t *testing.T, file, language string) (out []string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range strings.Split(string(b), "```"+language+"\n") {
		if i > 0 {
			body, _, _ := strings.Cut(part, "```")
			out = append(out, body)
		}
	}
	return out
}

// The events of the page are events, and no field of one is missing there.
func TestDocumentedEvents(t *testing.T) {
	page, err := os.ReadFile(webhookDoc)
	if err != nil {
		t.Fatal(err)
	}
	list := blocks(t, webhookDoc, "json")
	if len(list) != 2 {
		t.Fatalf("%d examples", len(list))
	}
	for _, text := range list {
		var e Event
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(EventTypes(), e.Type) {
			t.Errorf("%s is no type", e.Type)
		}
		var want any
		got := toAny(t, e)
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("written again: %s", diff)
		}
	}
	for _, kind := range append(EventTypes(), ChannelTest) {
		if !strings.Contains(string(page), "| `"+string(kind)+"`") {
			t.Errorf("%s is not documented", kind)
		}
		for name := range fieldNames(toAny(t, sampleEvent(kind)), nil) {
			if !strings.Contains(string(page), "`"+name+"`") && !strings.Contains(string(page), `"`+name+`"`) {
				t.Errorf("field %s is not documented", name)
			}
		}
	}
}

func toAny(t *testing.T, e Event) (v any) {
	t.Helper()
	b, err := json.Marshal(e)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// fieldNames are the names of all fields in a value.
func fieldNames(v any, into map[string]bool) map[string]bool {
	if into == nil {
		into = map[string]bool{}
	}
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			into[name] = true
			fieldNames(field, into)
		}
	case []any:
		for _, item := range v {
			fieldNames(item, into)
		}
	}
	return into
}

// The function of the page is the one that the example runs.
func TestDocumentedVerification(t *testing.T) {
	code, err := os.ReadFile("verify_example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if list := blocks(t, webhookDoc, "go"); len(list) != 1 || !strings.Contains(string(code), list[0]) {
		t.Error("docs/formats/webhook.md shows another function than verify_example_test.go runs")
	}
}

package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// queryAnswer is an answer of Prometheus' HTTP API to an instant query.
type queryAnswer struct {
	Status   string   `json:"status"`
	Error    string   `json:"error"`
	Warnings []string `json:"warnings"`
	Data     struct {
		ResultType string          `json:"resultType"`
		Result     json.RawMessage `json:"result"`
	} `json:"data"`
}

// readCount reads the one number of an answer, in thousandths of a request. The
// error is a failure where the answer is one, and no number of requests.
func readCount(body []byte) (n int64, found bool, err error) {
	var a queryAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return 0, false, fmt.Errorf("no JSON of an answer: %w", err)
	}
	switch {
	case a.Status != "success":
		return 0, false, unknownf(slo.QueryFailed, "%s: %s", a.Status, a.Error)
	case len(a.Warnings) > 0:
		return 0, false, unknownf(slo.QueryFailed, "with a warning, so it may lack something: %s", strings.Join(a.Warnings, "; "))
	}
	switch a.Data.ResultType {
	case "scalar":
		var v sampleValue
		if err := json.Unmarshal(a.Data.Result, &v); err != nil {
			return 0, false, fmt.Errorf("its scalar: %w", err)
		}
		n, err := thousandths(v.text)
		return n, err == nil, err
	case "vector":
		return readVector(a.Data.Result)
	}
	return 0, false, unknownf(slo.CountInvalid, "a %s, where one number belongs", a.Data.ResultType)
}

// readVector reads a vector of at most one sample.
func readVector(result []byte) (n int64, found bool, err error) {
	var samples []struct {
		Value *sampleValue `json:"value"` // missing of a native histogram
	}
	if err := json.Unmarshal(result, &samples); err != nil {
		return 0, false, fmt.Errorf("its vector: %w", err)
	}
	switch {
	case len(samples) == 0:
		return 0, false, nil
	case len(samples) > 1:
		return 0, false, unknownf(slo.CountInvalid, "%d series, where one number belongs: sum() makes one of them", len(samples))
	case samples[0].Value == nil:
		return 0, false, unknownf(slo.CountInvalid, "a histogram, where a number belongs: histogram_count() makes one of it")
	}
	n, err = thousandths(samples[0].Value.text)
	return n, err == nil, err
}

// sampleValue is the value of a sample, which is an array of its instant and of
// its value as a text.
type sampleValue struct{ text string }

// UnmarshalJSON reads the array.
func (v *sampleValue) UnmarshalJSON(b []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return errors.New("a sample is not an instant and a value")
	}
	return json.Unmarshal(pair[1], &v.text)
}

package web

import (
	"errors"
	"net/http"
	"syscall"

	"github.com/assay-sla/assay/slo"
)

// refusal is an error that the one who asked is told of.
type refusal struct {
	status  int
	code    string // stable, for machines
	message string // in English, for people and logs
}

func (e *refusal) Error() string { return e.message }

func refuse(status int, code, message string) error {
	return &refusal{status: status, code: code, message: message}
}

func badRequest(message string) error {
	return refuse(http.StatusBadRequest, "bad_request", message)
}

// Refusal is the status, the code and the message that an error is answered
// with.
func Refusal(err error) (status int, code, message string) {
	r, _ := asRefusal(err)
	return r.status, r.code, r.message
}

// asRefusal returns what to tell of an error: itself where it is a refusal,
// else nothing but that something failed here.
func asRefusal(err error) (r *refusal, expected bool) {
	if errors.As(err, &r) {
		return r, true
	}
	var refused *IncidentRefused
	var window *WindowError
	switch {
	case errors.As(err, &refused):
		return refused.refusal(), true
	case errors.Is(err, ErrNoObjective):
		return &refusal{status: http.StatusNotFound, code: "not_found", message: ErrNoObjective.Error()}, true
	case errors.Is(err, ErrBusy):
		return &refusal{status: http.StatusServiceUnavailable, code: "too_many", message: ErrBusy.Error()}, true
	case errors.As(err, &window):
		return &refusal{status: http.StatusBadRequest, code: "bad_request", message: clean(window.Error(), 300)}, true
	}
	if r := sendingRefusal(err); r != nil {
		return r, true
	}
	var drill slo.DrillRefusal
	if errors.As(err, &drill) {
		return drillRefusal(drill), true
	}
	if errors.Is(err, ErrNoDrill) {
		return &refusal{status: http.StatusNotFound, code: "not_found", message: ErrNoDrill.Error()}, true
	}
	if errors.Is(err, ErrNoIncident) {
		return &refusal{status: http.StatusNotFound, code: "not_found", message: "there is no such incident"}, true
	}
	var problem slo.ProblemRefusal
	if errors.As(err, &problem) {
		return problemRefusal(problem), true
	}
	var rows *RowsRefused
	if errors.As(err, &rows) {
		return &refusal{status: http.StatusBadRequest, code: "bad_rows", message: clean(rows.Error(), maxComment)}, true
	}
	if errors.Is(err, ErrNoProblem) {
		return &refusal{status: http.StatusNotFound, code: "not_found", message: ErrNoProblem.Error()}, true
	}
	var problems slo.RegisterProblems
	if errors.As(err, &problems) && len(problems) > 0 {
		return refusedItem(problems), true
	}
	if errors.Is(err, ErrNoItem) {
		return &refusal{status: http.StatusNotFound, code: "not_found", message: "there is no such item, or no such register"}, true
	}
	if errors.Is(err, ErrNoExclusion) {
		return &refusal{status: http.StatusNotFound, code: "not_found", message: "there is no such exclusion"}, true
	}
	if errors.Is(err, ErrNoChange) {
		return &refusal{status: http.StatusNotFound, code: "not_found", message: "there is no such change"}, true
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &refusal{status: http.StatusServiceUnavailable, code: "disk_full", message: "the collector's disk is full"}, false
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &refusal{status: http.StatusRequestEntityTooLarge, code: "too_large", message: "the request is too large"}, true
	}
	return &refusal{status: http.StatusInternalServerError, code: "internal", message: "the collector failed to answer; its log says why"}, false
}

package web

import (
	"context"
	"errors"

	"github.com/assay-sla/assay/slo"
)

// Evidence says how an audit by ISO/IEC 20000-1:2018 would find the records.
type Evidence interface {
	// Readiness judges the months from one to another, both in it, such as
	// 2026-10; "" are the last three that are over. lang is of its texts: en or zh.
	// What cannot be asked is an ErrMonths; ErrJudging while another is judged.
	Readiness(ctx context.Context, from, to, lang string) (Readiness, error)
}

// What Evidence returns for months that cannot be asked, and while somebody
// else's are judged.
var (
	ErrMonths  = errors.New("the months cannot be judged")
	ErrJudging = errors.New("the records are being judged for somebody else; try again in a minute")
)

// Readiness is how an audit of a period would find the records, in words.
type Readiness struct {
	From, To  string      // months
	Zone      string      // of the months
	Since     slo.Instant // the first record
	Days      int         // of records
	MinDays   int         // for which auditors usually ask
	Standings []ReadyCount
	Clauses   []ReadyClause
	Seed      uint64 // of the sample
	Incidents int    // of the period, that the sample is drawn from
	Sample    []ReadyIncident
	Unfit     []string // what is not as the ledger says, a sentence each
}

// ReadyCount is how many clauses have a standing.
type ReadyCount struct {
	Standing, Word string
	Count          int
}

// ReadyClause is a clause with how it stands: covered, thin, missing or outside.
type ReadyClause struct {
	Number, Title, Asks, Standing, Word string
	Records                             []ReadyRecords
	Lacks                               []string // what is missing, a sentence each
	Beyond                              string   // what no record here can show
}

// ReadyRecords is a set of records that a clause rests on.
type ReadyRecords struct {
	Name  string
	Count int
}

// ReadyIncident is an incident of the sample, with what its record lacks.
type ReadyIncident struct {
	ID, Service string
	Began       slo.Instant
	Lacks       []string
}

package report

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// TrendMonths is how many months a trend shows, that of the report included.
const TrendMonths = 12

// Input is all that a report is made of.
type Input struct {
	Agreement *slo.Agreement
	Title     string      // for the customer; empty: the service's name
	Period    Period      // in the agreement's zone
	At        slo.Instant // when the report is made
	Revision  string      // of the catalogue
	Edition   int         // from 1; 0 is 1. One more for each restatement of the period
	// Final says that the period is closed for late measurements. A report on a
	// period that is not over at At is provisional whatever it says.
	Final bool
	// Step is the longest interval of the service's probes: how fine the
	// evidence is, and so how many digits a figure carries.
	Step time.Duration

	Explained string // URL of the page that explains its figures; "" where its readers reach none

	Letterhead Letterhead // how it presents itself
	Sources    []Source   // probes of the service, by name

	Ledger *Ledger // what the ledger has of the report's windows; nil where there is none

	Measured
	Suppliers       []slo.ObjectiveStatus  // of the agreements that underpin it, over the same period
	Resources       []slo.ResourceForecast // of the service, as foreseen at At
	Scores          []slo.ForecastScore    // of the forecasts of times in the period
	Problems        []slo.Problem          // of any service
	ProblemRule     slo.ProblemRule
	ServiceRequests []slo.ServiceRequests  // the newest versions, of any service and time
	Surveys         []slo.Survey           // of the agreement; those that were sent or answered in the period count
	Waiting         []slo.ExclusionRequest // that nobody decided on, of any agreement
	Incidents       []slo.Incident         // of any time; those of the service that touch the period are taken
	Changes         []JudgedChange         // of any time; those of the service that began in the period are taken
	Wholes          []slo.Incident         // those that the others are part of

	Recorded // in the registers

	Continuity []PlanTests // of any service, by the plan's name
}

// Measured are the figures of a report, as Measure takes them from the books.
type Measured struct {
	Objectives []slo.ObjectiveStatus              // of each window of the period, see Evaluations
	Trend      [TrendMonths][]slo.ObjectiveStatus // the same of each month, oldest first; the last is that which the period ends in, or the present one where that is not over
	Days       []DayFigures                       // of the period
	Whole      slo.ObjectiveStatus                // of all of the period, by time and without a target
	Outages    []slo.Interval                     // of down in agreed time, as counted, in the period
	Whose      []*slo.Attribution                 // of each of Outages; nil where no supplier's service is depended on
	Latencies  []time.Duration                    // that LatencyShares of the period's measurements stayed within; none where no objective counts them
	Forgiven   []Stretch                          // left out by the minimum outage
	Planned    []Planned                          // maintenance of the service that touches the period
}

// DayFigures are the times of one day.
type DayFigures struct {
	slo.Interval
	slo.Figures
}

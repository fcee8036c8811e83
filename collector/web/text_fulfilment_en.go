package web

// englishFulfilment is what is said of service requests, in English.
func englishFulfilment() texts {
	return texts{
		"fulfilment.title":      "Service requests",
		"fulfilment.period":     "Period",
		"fulfilment.agreement":  "Agreement",
		"fulfilment.received":   "Received",
		"fulfilment.completed":  "Completed",
		"fulfilment.in_target":  "Within target",
		"fulfilment.mean":       "Mean time",
		"fulfilment.version":    "Version",
		"fulfilment.none":       "Nothing is counted yet. Paste rows below, or send them to the API.",
		"fulfilment.taken":      "Taken: %d new, %d corrected, %d unchanged.",
		"fulfilment.csv":        "Counts as CSV",
		"fulfilment.refused":    "Nothing was taken:",
		"fulfilment.columns":    "The first row names the columns:",
		"fulfilment.send":       "Take them",
		"fulfilment.read_only":  "Operators send counts.",
		"fulfilment.download":   "Download as CSV",
		"fulfilment.row":        "%s received, %s completed",
		"fulfilment.row.target": "%s within target",
		"fulfilment.row.mean":   "mean time %s",
		"fulfilment.all":        "All service requests",
	}
}

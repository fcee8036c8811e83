package report

// englishSending is what reports say of their sending and of their readers'
// satisfaction, in English.
func englishSending() texts {
	return texts{
		"ask.subject": "Waits for your release: service report %s, %s",
		"ask.text":    "The service report of %s for %s is made and waits: %s.\n\nRead it, write a comment if you like, and release it here:\n\n%s\n\nNobody gets it before that.\n",
		"live":        "Open the live report", "live.at": "Open the live report:", "remark": "%s writes: %s",
		"annex.released": "Released", "annex.released.of": "by %s, %s",

		"survey.question": "How satisfied are you with %s in %s?", "survey.how": "1 is very dissatisfied, 5 very satisfied. The answer takes half a minute:",
		"survey.least": "very dissatisfied", "survey.most": "very satisfied",

		"satisfaction.title": "Customer satisfaction", "satisfaction.csat": "CSAT", "satisfaction.mean": "Mean score", "satisfaction.votes": "Votes", "satisfaction.none": "no votes",
		"satisfaction.of": "%s of 5", "satisfaction.asked.one": "%d recipient was asked in the period", "satisfaction.asked.other": "%d recipients were asked in the period",
		"satisfaction.more.one": "%d more comment is in the JSON", "satisfaction.more.other": "%d more comments are in the JSON",
		"kpi.csat": "CSAT", "kpi.formula.csat": "customer satisfaction score = votes of 4 or 5 ÷ votes cast in the period",
		"annex.missing.satisfaction": "customer satisfaction",
		"column.at":                  "Time", "column.score": "Score", "column.comment": "Comment",
	}
}

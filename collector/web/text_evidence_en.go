package web

// englishEvidence is what is said of how an audit would find the records. What
// clauses ask for and lack comes with the evidence.
func englishEvidence() texts {
	return texts{
		"evidence.title": "Readiness for an audit", "evidence.apart": ": ", "evidence.help": "How an audit by ISO/IEC 20000-1:2018 would find the records of these months.",
		"evidence.from": "From", "evidence.to": "To", "evidence.judge": "Judge", "evidence.pack": "Make and download the pack of %s to %s",
		"evidence.unfit": "Not as the ledger says", "evidence.days.one": "%d day of records", "evidence.days.other": "%d days of records", "evidence.days.few": "(auditors usually ask for %d)", "evidence.days.enough": "(at least the %d that auditors usually ask for)",
		"evidence.clause": "Clause", "evidence.standing": "Records", "evidence.records": "Found", "evidence.lacks": "What is missing", "evidence.beyond": "Not shown by this product: %s",
		"evidence.sample": "Sample of incidents", "evidence.sample.of": "%d of %d incidents, drawn by chance with the seed %d.", "evidence.sample.none": "No incident touches these months.",
		"evidence.incident": "Incident", "evidence.began": "Began", "evidence.whole": "nothing",
		"evidence.own": "What a clause asks for is said in our own words. The text that counts is that of the standard, and whether a record is good enough is for people to say.",
	}
}

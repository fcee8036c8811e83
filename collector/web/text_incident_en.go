package web

// englishIncidents is what the pages of incidents say beside the states that all
// share, in English.
func englishIncidents() texts {
	return texts{
		"event.flapping":       "came back again and again: flapping",
		"incident.is_flapping": "flapping",
	}
}

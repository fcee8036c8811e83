package web

// chineseIncidents is what the pages of incidents say beside the states that all
// share, in simplified Chinese.
func chineseIncidents() texts {
	return texts{
		"event.flapping":       "反复恢复又中断：抖动",
		"incident.is_flapping": "抖动",
	}
}

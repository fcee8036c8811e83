package report

// chineseAmend is what an amended report says of its changes, in simplified
// Chinese.
func chineseAmend() texts {
	return texts{
		"amend.title": "变更内容", "amend.lead": "本版取代%[2]s的第 %[1]d 版。", "amend.nothing": "数字没有变化。",
		"amend.before": "此前", "amend.after": "现在", "amend.credit": "赔偿 %s%%",
		"amend.why": "%s；账本第 %d 条，%s。", "amend.late": "测量数据迟到", "amend.terms": "条款已修改", "amend.exclusion": "除外 %s",
		"amend.table": "变更", "column.verdict_before": "原结论", "column.delivered_before_percent": "原交付", "column.down_before_s": "原中断时间", "column.credit_before_percent": "原赔偿", "column.entry": "账本条目",
	}
}

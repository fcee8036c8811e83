package report

// chineseAmend is what an amended report says of its changes, and any of its sender
// and sources, in simplified Chinese.
func chineseAmend() texts {
	return texts{
		"annex.purpose": "目的", "annex.purpose.of": "说明约定的内容交付了多少，以及由此应做什么",
		"annex.audience": "读者", "annex.sender": "发件方", "annex.probes": "探测", "source.probe": "%s（%s，每 %s）",
		"annex.workload": "工作负载", "annex.workload.of": "承诺适用于每 %[2]s不超过 %[1]d 个请求，由 %[3]s 计数；%[4]s", "annex.workload.never": "从未超出", "annex.workload.over": "超出共 %s，不计入约定时间",
		"amend.title": "变更内容", "amend.lead": "本版取代%[2]s的第 %[1]d 版。", "amend.nothing": "数字没有变化。",
		"amend.before": "此前", "amend.after": "现在", "amend.credit": "赔偿 %s%%",
		"amend.why": "%s；账本第 %d 条，%s。", "amend.late": "测量数据迟到", "amend.terms": "条款已修改", "amend.exclusion": "除外 %s",
		"amend.table": "修订数字", "column.verdict_before": "原结论", "column.delivered_before_percent": "原交付", "column.down_before_s": "原中断时间", "column.credit_before_percent": "原赔偿", "column.entry": "账本条目",
	}
}

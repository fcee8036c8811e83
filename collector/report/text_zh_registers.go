package report

// chineseRegisters is what a report says of the registers, in simplified Chinese.
func chineseRegisters() texts {
	return texts{
		"complaint.title": "投诉", "complaint.answered": "已于 %s 答复。", "complaint.resolution": "处理结果：%s",
		"action.title": "服务改进计划", "action.due": "期限 %s", "action.owner": "负责人：%s", "action.before": "之前 %s", "action.goal": "目标 %s", "action.after": "之后 %s", "action.measured": "测量值", "action.result": "结果：%s",
		"evaluation.title": "供应商评价", "evaluation.of": "评价 %s / 5", "evaluation.none": "未评价", "evaluation.on": "评价于 %s。", "evaluation.contract": "合同于 %s 到期。",
		"recorded.due": "期限 %s。", "recorded.overdue": "%s，逾期",
		"recorded.received": "已接收", "recorded.investigating": "调查中", "recorded.resolved": "已解决", "recorded.closed": "已关闭", "recorded.not_upheld": "不成立",
		"recorded.agreed": "已商定", "recorded.done": "已完成", "recorded.effective": "有效果", "recorded.ineffective": "无效果",
		"annex.missing.complaints": "投诉", "annex.missing.actions": "改进措施", "annex.missing.evaluations": "供应商评估",
		"column.complaint": "投诉编号", "column.received_on": "接收日期", "column.due": "期限", "column.answered": "答复日期", "column.resolution": "处理结果",
		"column.action": "措施编号", "column.overdue": "逾期", "column.measure": "测量内容", "column.measured_before": "之前", "column.goal": "目标", "column.measured_after": "之后", "column.result": "结果",
		"column.wanted_of": "由谁决定", "column.evaluation": "评价", "column.evaluated": "评价日期", "column.contract_ends": "合同到期",
	}
}

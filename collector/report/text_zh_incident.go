package report

// chineseIncidents is what a report says of incidents beside their clocks, in
// simplified Chinese.
func chineseIncidents() texts {
	return texts{
		"trigger.service_down": "服务中断", "trigger.burn_rate": "错误预算消耗过快", "trigger.budget_used": "错误预算已用",
		"trigger.agent_silent": "代理失联", "trigger.exhausted": "资源达到上限", "trigger.foreign_alert": "其他系统的告警", "trigger.drill_failed": "连续性演练未通过",
		"trigger.of":         "%s %d",
		"incident.about":     "%s：%s",
		"incident.priority":  "优先级 %d",
		"incident.is_major":  "重大事件",
		"incident.part_of":   "属于 %s，由其统一处理。",
		"incident.responded": "%s开始处理，距检测%s",
		"incident.over":      "%s结束，距开始%s",
		"incident.lasts":     "尚未结束",
		"target.response":    "响应", "target.restoration": "恢复",
		"target.of":  "%s：%s，目标%s，%s",
		"target.met": "按时", "target.missed": "超时", "target.missed_open": "超时且尚未结束", "target.running": "计时中",

		"kpi.lengths": "按时长统计的中断", "kpi.incidents": "事件数", "kpi.major_incidents": "重大事件数", "kpi.to_detect": "平均检测时间", "kpi.to_acknowledge": "平均确认时间",
		"kpi.response": "按时响应率", "kpi.restoration": "按时恢复率",
		"kpi.incidents.of": "%d：%s", "kpi.major.other": "其中重大 %d",
		"kpi.not_acked.other": "%d 个无人确认",
		"kpi.none_due":        "没有到期的目标", "kpi.compliance.of": "%[2]d 个中 %[1]d 个",
		"kpi.missed_open.other": "%d 个超时且尚未结束",
		"kpi.running.other":     "%d 个期末仍在计时",
		"band.up_to":            "不超过%s", "band.between": "超过%s至%s", "band.over": "超过%s",
		"kpi.formula.lengths":        "约定服务时间内的中断，按每次时长",
		"kpi.formula.incidents":      "本月检测到的事件；属于其他事件的不单独计数",
		"kpi.formula.to_detect":      "从中断开始到检测的平均时间",
		"kpi.formula.to_acknowledge": "从检测到确认的平均时间，只计有人确认的事件",
		"kpi.formula.response":       "达标数 ÷（达标数 + 未达标数），只计本月内有结果的目标，按服务时间，扣除暂停；一旦超时即算未达标，即使事件尚未结束",
		"kpi.formula.restoration":    "同上，计到事件所涉问题结束为止",

		"column.trigger": "类型", "column.about": "说明", "column.priority": "优先级", "column.major": "重大", "column.part_of": "属于",
		"column.responded": "开始处理", "column.to_respond_s": "响应用时",
		"column.response": "响应结果", "column.response_target_s": "响应目标", "column.response_elapsed_s": "响应实际",
		"column.restoration": "恢复结果", "column.restoration_target_s": "恢复目标", "column.restoration_elapsed_s": "恢复实际",
	}
}

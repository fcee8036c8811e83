package report

// chinesePageOne is what page one says of services, directions and decisions,
// and the key figures and tables that came with it, in simplified Chinese.
func chinesePageOne() texts {
	return texts{
		"services.title": "服务", "col.service": "服务", "col.course": "近三个月", "col.availability": "可用率",
		"service.down": "中断 %s", "service.observed": "观测覆盖 %s",
		"course.better": "好转", "course.worse": "变差", "course.same": "持平", "course.not_comparable": "无法比较", "course.then": " → ",
		"annex.course": "近三个月", "annex.course.of": "末月损失与前两个月均值之差超过目标允许损失的十分之一，即为好转或变差；取协议中第一个以百分比计的目标；任一月数据不足则无法比较。折线为十二个月",
		"scoped": "%s / %s", "scope.title.all": "整个服务管理体系",
		"scope.about.other": "%d 份协议，各按其时区评判；时间为 %s。",
		"scope.none":        "本报告范围内没有协议。",

		"decisions.title": "待决事项", "decisions.none": "无。",
		"decision.exclusion": "请就除外 %s（%s）作出决定：%s；申请人 %s。",
		"decision.incident":  "事件 %s 未解决，已超出%s目标。", "decision.since": "%s应于%s前完成。",
		"decision.clock.response": "响应", "decision.clock.restoration": "恢复",
		"decision.limit": "%s 已达上限：请扩容或减载。", "decision.late": "请为 %s 订购扩容：本应于%s前订购。", "decision.order": "请于%[2]s前为 %[1]s 订购扩容。",
		"decision.coverage": "请改进对 %s 的观测：其约定时间仅 %s 被观测。",
		"decision.recorded": "%s（%s）：由%s决定。", "decision.recorded.due": "%s（%s）：由%s决定，期限 %s。",
		"done.title": "处理情况：%s", "done.part": "属于 %s 的事件（%s）", "done.over": "已于 %s 恢复", "done.acked": "已由 %s 确认", "done.nobody": "尚无人确认",

		"outage.restored": "于%s恢复", "outage.whose": "归属：%s", "column.whose": "归属",
		"kpi.availability": "可用率", "kpi.coverage": "观测覆盖率",
		"kpi.formula.availability": "按时间计，整个报告期 = 正常时间 ÷（正常时间 + 中断时间）；未知时间按协议处理",
		"kpi.formula.coverage":     "（正常时间 + 中断时间）÷ 约定时间",
		"kpi.latency":              "延迟 %s%%", "kpi.formula.latency": "约定时间内，服务第一个探测 %s%% 的测量不超过的时长",
		"kpi.scope": "为范围内各协议之和；同属两份协议的服务在两者中都计入。",

		"decisions.table": "待决", "column.kind": "类别", "column.subject": "对象", "column.by": "期限", "column.asked_by": "申请人", "column.text": "内容",
		"column.party": "客户或供应商", "column.availability_percent": "可用率", "column.course": "近三个月",
		"column.standing": "状态", "column.longest_outage_s": "最长中断", "column.failures": "故障次数", "column.mtrs_s": "平均恢复服务时间", "column.mtbf_s": "平均故障间隔时间", "column.mtbsi_s": "平均服务事件间隔时间", "column.outages_counted": "中断次数",
		"forgiven.several.other":  "%d 次短时中断按各协议计为正常：共 %s。",
		"annex.missing.suppliers": "供应商", "annex.missing.resources": "容量", "annex.missing.workload": "工作负载限额", "annex.missing.problems": "问题", "annex.missing.changes": "变更", "annex.missing.requests": "服务请求", "annex.missing.latency": "延迟目标", "annex.missing.decisions": "待决事项",
		"annex.scope": "范围", "scope.agreement": "协议 %s", "scope.customer": "与客户 %s 的全部协议", "scope.service": "关于服务 %s 的全部协议", "scope.supplier": "与供应商 %s 的全部协议", "scope.all": "全部协议",
		"kind.exclusion": "待批除外", "kind.incident_overdue": "事件超期", "kind.capacity": "容量", "kind.coverage": "观测覆盖", "kind.recorded": "登记事项",
	}
}

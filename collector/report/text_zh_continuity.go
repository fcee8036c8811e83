package report

// chineseContinuity is what a report says of continuity tests, in Chinese.
func chineseContinuity() texts {
	return texts{
		"continuity.title": "连续性演练", "continuity.due.title": "待做的连续性演练",
		"continuity.terms":      "恢复时间 %s（RTO），数据丢失不超过 %s（RPO）；负责人 %s",
		"continuity.test":       "%s %s，%s：%s",
		"continuity.rto":        "实际 RTO %s，允许 %s",
		"continuity.rpo":        "实际 RPO %s，允许 %s",
		"continuity.down":       "其间中断 %s",
		"continuity.incomplete": "记录不完整：缺少参与者或结论",
		"continuity.actions":    "后续措施：%s",
		"continuity.none":       "本期没有演练。",
		"continuity.due":        "须在 %s 之前：%s", "continuity.late": "自 %s 起逾期：%s",
		"continuity.due.untested": "从未演练", "continuity.due.periodic": "周期已到",
		"continuity.due.failed": "最近一次演练未通过", "continuity.due.changed": "所涵盖的服务有重大变更",
		"continuity.passed": "通过", "continuity.failed": "未通过", "continuity.running": "进行中", "continuity.aborted": "已放弃",
		"continuity.kind.failover": "故障切换", "continuity.kind.restore": "备份恢复", "continuity.kind.backup": "备份检查", "continuity.kind.tabletop": "桌面推演",
		"continuity.state.running": "进行中", "continuity.state.incomplete": "记录不完整", "continuity.state.complete": "记录完整", "continuity.state.aborted": "已放弃",
		"continuity.reason.run_failed": "代理运行的命令失败", "continuity.reason.run_unknown": "代理无法运行或无法判断", "continuity.reason.run_missing": "没有代理按时运行",
		"continuity.reason.not_restored": "有检查未按时恢复正常", "continuity.reason.no_canary": "未按时读到哨兵记录", "continuity.reason.canary_later": "哨兵记录都写于中断之后",
		"continuity.reason.rto_missed": "所用时间超过允许值", "continuity.reason.rpo_missed": "丢失的数据超过允许值",
		"outage.drill": "在演练 %s 期间",

		"kpi.rto": "RTO 达标率", "kpi.rpo": "RPO 达标率", "kpi.none.tests": "没有演练", "kpi.attained": "%d / %d（%s）",
		"kpi.formula.rto": "在 RTO 之内的切换与恢复演练 ÷ 全部已结束且未放弃的演练",
		"kpi.formula.rpo": "丢失不超过 RPO 允许值的切换与恢复演练 ÷ 全部读取哨兵记录、已结束且未放弃的演练",

		"annex.missing.continuity": "连续性演练",

		"column.plan": "计划", "column.drill": "演练", "column.kind": "类型", "column.declared": "宣布时间", "column.ended": "结束时间", "column.passed": "通过",
		"column.rto_s": "实际 RTO", "column.rto_allowed_s": "允许的 RTO", "column.rpo_s": "实际 RPO", "column.rpo_allowed_s": "允许的 RPO",
		"column.reasons": "原因", "column.participants": "参与者", "column.actions": "后续措施", "column.by": "期限", "column.late": "逾期",
	}
}

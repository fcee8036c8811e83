package report

// chineseChanges is what reports say of changes, in simplified Chinese.
func chineseChanges() texts {
	return texts{
		"change.title":       "变更与发布",
		"change.kind.change": "变更", "change.kind.release": "发布",
		"change.by":             "实施人 %s",
		"change.outcome.failed": "失败", "change.outcome.succeeded": "成功", "change.outcome.unsettled": "未定", "change.outcome.pending": "为时尚早",
		"change.major": "重大", "change.freeze": "冻结期间",
		"change.tied":         "已关联：%s",
		"change.candidate":    "临近的事件（仅为可能的原因，并非已确定）：%s",
		"change.around":       "%s：前一天 %s，后 %[4]s 内 %[3]s",
		"change.unknown":      "未知",
		"kpi.change_failures": "变更失败率", "kpi.change_failures.of": "%s%%：%[3]d 次中 %[2]d 次；最坏 %[4]s%%", "kpi.change_failures.early": "为时尚早",
		"kpi.formula.change_failures": "失败的变更 ÷ 变更；失败：有人这样判定，或将事件关联到该变更；最坏：临近事件且无人说明责任的变更也算失败",

		"column.change": "变更", "column.kind": "类型", "column.summary": "内容", "column.by": "实施人", "column.major": "重大", "column.during_freeze": "冻结期间",
		"column.outcome": "结果", "column.incidents": "已关联事件", "column.candidate_of": "临近事件", "column.before_percent": "之前", "column.after_percent": "之后",
	}
}

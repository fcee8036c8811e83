package report

// chineseSending is what englishSending says, in simplified Chinese.
func chineseSending() texts {
	return texts{
		"ask.subject": "待您发布：服务报告 %s，%s",
		"ask.text":    "%s %s 的服务报告已生成，等待发布：%s。\n\n请在此处阅读报告，可附上意见，然后发布：\n\n%s\n\n发布之前，任何人都不会收到它。\n",
		"live":        "打开实时报告", "live.at": "打开实时报告：", "remark": "%s 的意见：%s",
		"annex.released": "发布", "annex.released.of": "%s，%s",

		"survey.question": "您对 %s %s 的服务满意吗？", "survey.how": "1 为非常不满意，5 为非常满意。只需半分钟：",
		"survey.least": "非常不满意", "survey.most": "非常满意",

		"satisfaction.title": "客户满意度", "satisfaction.csat": "客户满意度（CSAT）", "satisfaction.mean": "平均分", "satisfaction.votes": "评分数", "satisfaction.none": "没有评分",
		"satisfaction.of": "%s 分（满分 5 分）", "satisfaction.asked.other": "本期内询问了 %d 位收件人",
		"satisfaction.more.other": "另外 %d 条意见见 JSON",
		"kpi.csat":                "客户满意度", "kpi.formula.csat": "客户满意度（CSAT）= 4 分和 5 分的评分数 ÷ 本期内的评分数",
		"annex.missing.satisfaction": "客户满意度",
		"column.at":                  "时间", "column.score": "评分", "column.comment": "意见",
	}
}

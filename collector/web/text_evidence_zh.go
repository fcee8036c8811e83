package web

// chineseEvidence is what is said of how an audit would find the records, in
// simplified Chinese.
func chineseEvidence() texts {
	return texts{
		"evidence.title": "审核准备情况", "evidence.apart": "：", "evidence.help": "若按 ISO/IEC 20000-1:2018 审核，这些月份的记录会是什么情况。",
		"evidence.from": "自", "evidence.to": "至", "evidence.judge": "评估", "evidence.pack": "制作并下载 %s 至 %s 的证据包",
		"evidence.unfit": "与账本不一致", "evidence.days.other": "已有 %d 天的记录", "evidence.days.one": "已有 %d 天的记录", "evidence.days.few": "（审核员通常要求 %d 天）", "evidence.days.enough": "（已达到审核员通常要求的 %d 天）",
		"evidence.clause": "条款", "evidence.standing": "记录", "evidence.records": "已有", "evidence.lacks": "缺少什么", "evidence.beyond": "本产品不能证明：%s",
		"evidence.sample": "事件抽样", "evidence.sample.of": "从 %[2]d 个事件中随机抽取 %[1]d 个，种子为 %[3]d。", "evidence.sample.none": "这些月份没有事件。",
		"evidence.incident": "事件", "evidence.began": "开始", "evidence.whole": "无",
		"evidence.own": "条款要求为我们自己的表述，应以标准原文为准；记录是否足够，由人判断。",
	}
}

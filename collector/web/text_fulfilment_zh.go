package web

// chineseFulfilment is what is said of service requests, in simplified Chinese.
func chineseFulfilment() texts {
	return texts{
		"fulfilment.title":      "服务请求",
		"fulfilment.period":     "时段",
		"fulfilment.agreement":  "协议",
		"fulfilment.received":   "收到",
		"fulfilment.completed":  "完成",
		"fulfilment.in_target":  "按时完成",
		"fulfilment.mean":       "平均用时",
		"fulfilment.version":    "版本",
		"fulfilment.none":       "尚无统计。请在下面粘贴数据，或通过接口发送。",
		"fulfilment.taken":      "已接收：新增 %d，更正 %d，未变 %d。",
		"fulfilment.csv":        "统计数据（CSV）",
		"fulfilment.refused":    "未接收任何数据：",
		"fulfilment.columns":    "首行为列名：",
		"fulfilment.send":       "提交",
		"fulfilment.read_only":  "由运维人员提交统计。",
		"fulfilment.download":   "下载 CSV",
		"fulfilment.row":        "收到 %s，完成 %s",
		"fulfilment.row.target": "按时 %s",
		"fulfilment.row.mean":   "平均用时 %s",
		"fulfilment.all":        "全部服务请求",
	}
}

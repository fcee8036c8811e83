package demo

// complaints are what customers complain of. The last is open past its day.
func (y *year) complaints() []item {
	return []item{
		{"complaints", "slow-checkout", []chapter{
			{at: y.on(2, 9, 8, 40), who: "ada", values: values{
				"title": "The checkout was slow on Saturday afternoon", "customer": "alder", "service": "alder-web", "received": y.day(2, 9), "channel": "phone", "severity": "normal", "due": y.day(2, 23),
				"details": "Mr Weber called. Customers of theirs waited half a minute for the last step.",
			}},
			{at: y.on(2, 9, 11, 0), who: "ada", state: "investigating", values: values{"owner": bob}, text: "Taken to the second line."},
			{at: y.on(2, 16, 15, 0), who: "bob", state: "resolved", values: values{"resolution": "A report of the shop read whole tables by day. It runs at night now."}},
			{at: y.on(2, 18, 9, 30), who: "ada", state: "closed", values: values{"answered": y.day(2, 18)}, text: "Mr Weber is content."},
		}},
		{"complaints", "mails-twice", []chapter{
			{at: y.on(5, 12, 10, 15), who: "ada", values: values{
				"title": "Mails to patients went out twice", "customer": "birch", "service": "birch-mail", "received": y.day(5, 12), "channel": "mail", "severity": "high", "due": y.day(5, 19),
			}},
			{at: y.on(5, 12, 10, 50), who: "ada", state: "investigating", values: values{"owner": ada}},
			{at: y.on(5, 14, 16, 0), who: "ada", state: "resolved", values: values{"resolution": "After the outage of the week before the queue was sent again as a whole. The queue now remembers what left."}},
			{at: y.on(5, 15, 9, 0), who: "ada", state: "closed", values: values{"answered": y.day(5, 15)}},
		}},
		{"complaints", "orders-lost", []chapter{
			{at: y.on(7, 3, 13, 0), who: "bob", values: values{
				"title": "Orders of a morning are said to be lost", "customer": "cedar", "service": "cedar-orders", "received": y.day(7, 3), "channel": "meeting", "severity": "high", "owner": bob, "due": y.day(7, 10),
			}},
			{at: y.on(7, 3, 15, 0), who: "bob", state: "investigating"},
			{at: y.on(7, 6, 11, 0), who: "bob", state: "not_upheld", values: values{"resolution": "All of them are on record; their own import had filtered them. Ms Grant was shown how.", "answered": y.day(7, 6)}},
		}},
		{"complaints", "invoice-pages", []chapter{
			{at: y.on(-1, 8, 3, 20), who: "ada", values: values{
				"title": "结账页面偶尔打不开", "customer": "ginkgo", "service": "ginkgo-web", "received": y.day(-1, 8), "channel": "mail", "severity": "normal", "owner": ada, "due": y.day(-1, 22),
			}},
			{at: y.on(-1, 8, 9, 0), who: "ada", state: "investigating"},
			{at: y.on(-1, 17, 9, 0), who: "ada", state: "resolved", values: values{"resolution": "已找到原因：一台网关的证书链不完整。已更换。"}},
			{at: y.on(-1, 19, 7, 0), who: "ada", state: "closed", values: values{"answered": y.day(-1, 19)}},
		}},
		{"complaints", "no-answer", []chapter{
			{at: y.on(-1, 20, 9, 10), who: "ada", values: values{
				"title": "Nobody called back during the outage", "customer": "dogwood", "service": "dogwood-web", "received": y.day(-1, 20), "channel": "survey", "severity": "normal", "due": y.day(-1, 29),
			}},
			{at: y.on(-1, 21, 9, 0), who: "ada", state: "investigating", values: values{"owner": grace}},
		}},
	}
}

package agreements

import (
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// known is an outage and what the terms of a file make of it.
type known struct {
	file     string // without .yaml
	from, to string // the window of its objectives
	outages  []outage
	want     []want
}

// knownOutages holds the arithmetic beside each: a month of 30 days has 43,200
// minutes, one of 31 days 44,640.
func knownOutages() []known {
	return []known{
		ec2(), s3(), rds(), dynamoDB(), azure(), computeEngine(),
		cloudflare(), gitHub(), atlassian(), slack(), ovhcloud(), digitalOcean(),
	}
}

// Scripted. One instance is away for 8 hours and once more for 5 minutes; the
// other for 30 minutes of these 8 hours.
//
//	region    30 min both are away   43,170 / 43,200 = 99.930556 %  < 99.99   10 %
//	instance  480 + 5 = 485 min      42,715 / 43,200 = 98.877315 %  < 99      30 %
//	hours     10 o'clock lost 55 min, 11 to 17 all 60: 8 hours lost more than 6.
//	          18 and 20 o'clock lost 5: charged.   712 / 720 = 98.888889 %
//
// The 1st of December and 59 days is the 29th of January.
func ec2() known {
	return known{"amazon-ec2", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", []outage{
		{"ec2-zone-a", "2026-11-12T10:05:00Z", "2026-11-12T18:05:00Z"},
		{"ec2-zone-a", "2026-11-12T20:00:00Z", "2026-11-12T20:05:00Z"},
		{"ec2-zone-b", "2026-11-12T12:00:00Z", "2026-11-12T12:30:00Z"},
	}, []want{
		{"amazon-ec2-region/monthly uptime", 43170, 43200, "99.930556", slo.Missed, "10", "", "2027-01-29"},
		{"amazon-ec2-instance/monthly uptime", 42715, 43200, "98.877315", slo.Missed, "30", "", "2027-01-29"},
		{"amazon-ec2-instance/charged hours", 712, 720, "98.888889", slo.Missed, "", "", ""},
	}}
}

// The outage of S3 in us-east-1 on 28 February 2017, 9:37 to 13:54 PST by the
// provider's summary (from memory), as if every request had failed and these
// terms had held.
//
//	257 min, a request a minute, 28 days of 1,440: (40,320 - 257) / 40,320 = 99.362599 %
//	standard 99.9 is missed: 10 %.  Infrequent access 99 is met: nothing.
func s3() known {
	return known{"amazon-s3", "2017-02-01T00:00:00Z", "2017-03-01T00:00:00Z", []outage{
		{"s3-object", "2017-02-28T17:37:00Z", "2017-02-28T21:54:00Z"},
	}, []want{
		{"amazon-s3-standard/monthly uptime", 40063, 40320, "99.362599", slo.Missed, "10", "", "2017-04-29"},
		{"amazon-s3-infrequent/monthly uptime", 40063, 40320, "99.362599", slo.Met, "0", "", ""},
	}}
}

// Scripted. A fail-over takes half an hour that begins and ends within a minute.
//
//	03:10:30 to 03:40:30: the minutes 03:11 to 03:39 fail whole, 29 of them; in
//	03:10 and 03:40 two of four attempts succeed.
//	(43,200 - 29) / 43,200 = 99.932870 %  < 99.95   10 %
func rds() known {
	return known{"amazon-rds", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", []outage{
		{"rds-login", "2026-11-18T03:10:30Z", "2026-11-18T03:40:30Z"},
	}, []want{
		{"amazon-rds/monthly uptime", 43171, 43200, "99.932870", slo.Missed, "10", "", "2027-01-29"},
	}}
}

// The outage of DynamoDB in us-east-1, 19 October 2025 23:48 PDT to 20 October
// 02:40 by the provider's summary, as if every request had failed.
//
//	06:48 to 09:40 UTC is 172 min: (44,640 - 172) / 44,640 = 99.614695 %  < 99.99   10 %
func dynamoDB() known {
	return known{"amazon-dynamodb", "2025-10-01T00:00:00Z", "2025-11-01T00:00:00Z", []outage{
		{"dynamodb-endpoint", "2025-10-20T06:48:00Z", "2025-10-20T09:40:00Z"},
	}, []want{
		{"amazon-dynamodb/monthly uptime", 44468, 44640, "99.614695", slo.Missed, "10", "", "2025-12-30"},
		{"amazon-dynamodb/as a global table", 44468, 44640, "99.614695", slo.Missed, "", "", ""},
	}}
}

// Scripted. One machine is away for an hour, the other for 20 minutes that begin
// in it.
//
//	zones   06:50 to 07:00, 10 min   44,630 / 44,640 = 99.977599 %  < 99.99   10 %
//	single  60 min                   44,580 / 44,640 = 99.865591 %  < 99.9    10 %
func azure() known {
	return known{"azure-virtual-machines", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", []outage{
		{"azure-vm-1", "2026-10-04T06:00:00Z", "2026-10-04T07:00:00Z"},
		{"azure-vm-2", "2026-10-04T06:50:00Z", "2026-10-04T07:10:00Z"},
	}, []want{
		{"azure-vm-zones/monthly uptime", 44630, 44640, "99.977599", slo.Missed, "10", "", "2026-12-30"},
		{"azure-vm-single/monthly uptime", 44580, 44640, "99.865591", slo.Missed, "10", "", "2026-12-30"},
	}}
}

// Scripted. Both zones are away for 9 minutes, and once for 45 seconds, which is
// less than a minute and no downtime period. One alone is away for two hours.
//
//	9 min: 43,191 / 43,200 = 99.979167 %  < 99.99   10 %
func computeEngine() known {
	return known{"google-compute-engine", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", []outage{
		{"gce-zone-b", "2026-11-09T09:00:00Z", "2026-11-09T09:09:00Z"},
		{"gce-zone-c", "2026-11-09T09:00:00Z", "2026-11-09T09:09:00Z"},
		{"gce-zone-b", "2026-11-09T15:00:00Z", "2026-11-09T15:00:45Z"},
		{"gce-zone-c", "2026-11-09T15:00:00Z", "2026-11-09T15:00:45Z"},
		{"gce-zone-b", "2026-11-09T20:00:00Z", "2026-11-09T22:00:00Z"},
	}, []want{
		{"google-compute-engine/monthly uptime", 43191, 43200, "99.979167", slo.Missed, "10", "", "2026-12-31"},
	}}
}

// The outage of 18 November 2025, 11:20 to 14:30 UTC (its end from memory), as if
// every request had failed.
//
//	190 min: 43,010 / 43,200 = 99.560185 %, which is not all of it.
//	Once what was missed is 190 / 43,200 = 0.4398148148 % of 250 dollars: 1.0995, so 1.10.
func cloudflare() known {
	return known{"cloudflare-business", "2025-11-01T00:00:00Z", "2025-12-01T00:00:00Z", []outage{
		{"cloudflare-site", "2025-11-18T11:20:00Z", "2025-11-18T14:30:00Z"},
	}, []want{
		{"cloudflare-business/uptime", 43010, 43200, "99.560185", slo.Missed, "0.4398148148", "1.10 USD", ""},
	}}
}

// The incident of 21 October 2018, 22:52 UTC, to 22 October, 23:03 (from memory),
// as if Git operations had been down all the time. Beside it, and scripted, one
// of two API requests fails in each minute of an hour.
//
//	92 days are 132,480 min.
//	git  24 h 11 min = 1,451 min   131,029 / 132,480 = 98.904740 %  < 99   25 %
//	api  60 min with 50 % errors   132,420 / 132,480 = 99.954710 %, met
func gitHub() known {
	k := known{"github-enterprise-cloud", "2018-10-01T00:00:00Z", "2019-01-01T00:00:00Z", []outage{
		{"github-git", "2018-10-21T22:52:00Z", "2018-10-22T23:03:00Z"},
	}, []want{
		{"github-git-operations/uptime", 131029, 132480, "98.904740", slo.Missed, "25", "", "2019-01-31"},
		{"github-api-requests/uptime", 132420, 132480, "99.954710", slo.Met, "0", "", ""},
	}}
	for m := range 60 {
		k.outages = append(k.outages, outage{"github-api", fmt.Sprintf("2018-11-05T10:%02d:00Z", m), fmt.Sprintf("2018-11-05T10:%02d:30Z", m)})
	}
	return k
}

// The example in the terms themselves: 60 downtime minutes in a month of 30
// days are 0.138889 % of it and leave 99.86 %, which earns 10 %.
//
//	43,140 / 43,200 = 99.861111 %
func atlassian() known {
	return known{"atlassian-cloud", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", []outage{
		{"jira-board", "2026-11-20T13:00:00Z", "2026-11-20T14:00:00Z"},
	}, []want{
		{"atlassian-premium/monthly uptime", 43140, 43200, "99.861111", slo.Missed, "10", "", "2026-12-16"},
		{"atlassian-enterprise/monthly uptime", 43140, 43200, "99.861111", slo.Missed, "10", "", "2026-12-16"},
	}}
}

// The outage of 26 February 2025, 6:45 to 16:13 PST by the provider's status
// page, as if nothing had worked. Beside it, and scripted, the two scheduled
// downtimes of the file: an hour that was announced and 20 minutes that were
// announced too late.
//
//	90 days are 129,600 min, less the hour: 129,540.
//	9 h 28 min = 568 min, and 20: 588.   128,952 / 129,540 = 99.546086 %  < 99.99
//	ten times 588 / 129,540 = 4.5391384900 % of 4,500 dollars: 204.261, so 204.26.
func slack() known {
	return known{"slack", "2025-01-01T00:00:00Z", "2025-04-01T00:00:00Z", []outage{
		{"slack-api", "2025-01-11T04:00:00Z", "2025-01-11T05:00:00Z"},
		{"slack-api", "2025-02-26T14:45:00Z", "2025-02-27T00:13:00Z"},
		{"slack-api", "2025-03-15T04:00:00Z", "2025-03-15T04:20:00Z"},
	}, []want{
		{"slack/uptime", 128952, 129540, "99.546086", slo.Missed, "4.53913849", "204.26 USD", "2025-05-01"},
	}}
}

// Scripted: an outage that leaves exactly 99 percent, of which the terms say both
// 10 and not 30 percent.
//
//	7 h 12 min = 432 min: 42,768 / 43,200 = 99.000000 %
func ovhcloud() known {
	return known{"ovhcloud-vmware", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", []outage{
		{"ovh-machine", "2026-11-03T08:00:00Z", "2026-11-03T15:12:00Z"},
	}, []want{
		{"ovhcloud-vmware/monthly availability", 42768, 43200, "99.000000", slo.Missed, "10", "", "2026-12-30"},
	}}
}

// Scripted. Five minutes cost the provider a droplet's month. A bucket is away
// for 13 minutes, which fill two intervals of five.
//
//	droplet  43,195 / 43,200 = 99.988426 %  < 99.99   100 %
//	spaces   10:02 to 10:15 fills 10:05 and 10:10: 8,638 / 8,640 = 99.976852 %, met
func digitalOcean() known {
	return known{"digitalocean", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", []outage{
		{"droplet", "2026-11-24T10:00:00Z", "2026-11-24T10:05:00Z"},
		{"spaces-object", "2026-11-24T10:02:00Z", "2026-11-24T10:15:00Z"},
	}, []want{
		{"digitalocean-droplet/monthly uptime", 43195, 43200, "99.988426", slo.Missed, "100", "", "2027-02-28"},
		{"digitalocean-spaces/monthly uptime", 8638, 8640, "99.976852", slo.Met, "", "", ""},
	}}
}

package inputs

import (
	"strconv"
	"strings"
	"time"
)

// redisInfo takes the numbers out of what INFO tells, under the names of
// Telegraf's input of Redis.
func redisInfo(info string, tags map[string]string, acc *accumulator) {
	main := map[string]any{}
	tags["replication_role"] = redisRole(info)
	section := ""
	for line := range strings.Lines(info) {
		line = strings.TrimSpace(line)
		if after, ok := strings.CutPrefix(line, "# "); ok {
			section = after
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || redisPart(section, name, value, tags, acc) {
			continue
		}
		if field, ok := redisField(section, name); ok {
			if v, err := strconv.ParseFloat(strings.TrimSuffix(value, "%"), 64); err == nil {
				main[field] = v
			}
		}
	}
	redisDerived(main)
	acc.add("redis", main, tags)
}

func redisRole(info string) string {
	_, role, _ := strings.Cut(info, "\nrole:")
	role, _, _ = strings.Cut(role, "\r")
	return role
}

// redisField is the field's name of a line that holds one value; false where
// what it holds is no number that anybody wants.
func redisField(section, name string) (string, bool) {
	switch name {
	case "uptime_in_seconds":
		return "uptime", true
	case "connected_clients":
		return "clients", true
	case "lru_clock":
		return name, true
	}
	noNumber := section == "Server" || strings.HasSuffix(name, "_human") || strings.HasPrefix(name, "master_replid")
	return name, !noNumber
}

// redisDerived adds what follows from other fields.
func redisDerived(fields map[string]any) {
	hits, _ := fields["keyspace_hits"].(float64)
	misses, _ := fields["keyspace_misses"].(float64)
	rate := 0.0
	if hits+misses > 0 {
		rate = hits / (hits + misses)
	}
	fields["keyspace_hitrate"] = rate
	if saved, ok := fields["rdb_last_save_time"].(float64); ok {
		fields["rdb_last_save_time_elapsed"] = float64(time.Now().Unix()) - saved
	}
}

// redisPart takes a line that tells of one database, command, error or
// replica, as NAME:KEY=NUMBER,KEY=NUMBER; false where it is none.
func redisPart(section, name, value string, tags map[string]string, acc *accumulator) bool {
	numbers, texts := redisPairs(value)
	switch after, ok := strings.CutPrefix(name, "slave"); {
	case section == "Keyspace":
		acc.add("redis_keyspace", numbers, with(tags, "database", name))
	case section == "Commandstats":
		acc.add("redis_cmdstat", numbers, with(tags, "command", strings.TrimPrefix(name, "cmdstat_")))
	case section == "Latencystats":
		acc.add("redis_latency_percentiles_usec", numbers, with(tags, "command", strings.TrimPrefix(name, "latency_percentiles_usec_")))
	case section == "Errorstats":
		acc.add("redis_errorstat", map[string]any{"total": numbers["count"]}, with(tags, "err", strings.TrimPrefix(name, "errorstat_")))
	case section == "Replication" && ok && after != "" && strings.Trim(after, "0123456789") == "":
		t := with(tags, "replica_id", after)
		t["replication_role"], t["replica_ip"], t["replica_port"], t["state"] = "slave", texts["ip"], texts["port"], texts["state"]
		delete(numbers, "port")
		acc.add("redis_replication", numbers, t)
	default:
		return false
	}
	return true
}

// redisPairs reads KEY=VALUE,KEY=VALUE: the numbers, and all of them as texts.
func redisPairs(s string) (numbers map[string]any, texts map[string]string) {
	numbers, texts = map[string]any{}, map[string]string{}
	for pair := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			continue
		}
		texts[key] = value
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			numbers[key] = v
		}
	}
	return numbers, texts
}

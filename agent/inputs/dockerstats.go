package inputs

import (
	"strings"
	"time"
)

// dockerDetail is what is wanted of GET /containers/{id}/json.
type dockerDetail struct {
	RestartCount int64
	State        struct {
		Status     string
		OOMKilled  bool
		Pid        int64
		ExitCode   int64
		StartedAt  string
		FinishedAt string
		Health     *struct{ FailingStreak int64 }
	}
}

// fields are those of Telegraf's docker_container_status.
func (d *dockerDetail) fields(now time.Time) map[string]any {
	f := map[string]any{
		"oomkilled": d.State.OOMKilled, "pid": d.State.Pid, "exitcode": d.State.ExitCode, "restart_count": d.RestartCount,
	}
	if started, err := time.Parse(time.RFC3339, d.State.StartedAt); err == nil && !started.IsZero() {
		f["started_at"] = started.UnixNano()
		f["uptime_ns"] = now.Sub(started).Nanoseconds() // only running containers are read
	}
	if finished, err := time.Parse(time.RFC3339, d.State.FinishedAt); err == nil && !finished.IsZero() {
		f["finished_at"] = finished.UnixNano()
	}
	return f
}

// dockerStats is what is wanted of GET /containers/{id}/stats.
type dockerStats struct {
	CPU      dockerCPU    `json:"cpu_stats"`
	Memory   dockerMemory `json:"memory_stats"`
	Networks map[string]dockerNetwork
	Disks    struct {
		Bytes    []dockerDisk `json:"io_service_bytes_recursive"`
		Requests []dockerDisk `json:"io_serviced_recursive"`
	} `json:"blkio_stats"`
}

type dockerCPU struct {
	Usage struct {
		Total  uint64 `json:"total_usage"`
		User   uint64 `json:"usage_in_usermode"`
		Kernel uint64 `json:"usage_in_kernelmode"`
	} `json:"cpu_usage"`
	System     uint64 `json:"system_cpu_usage"`
	Online     uint64 `json:"online_cpus"`
	Throttling struct {
		Periods   uint64 `json:"periods"`
		Throttled uint64 `json:"throttled_periods"`
		Time      uint64 `json:"throttled_time"`
	} `json:"throttling_data"`
}

// fields are those of Telegraf's docker_container_cpu. The share of the CPU is
// since the reading before; known is whether there was one.
func (c *dockerCPU) fields(before dockerCPU, known bool) map[string]any {
	f := map[string]any{
		"usage_total": c.Usage.Total, "usage_in_usermode": c.Usage.User, "usage_in_kernelmode": c.Usage.Kernel,
		"usage_system": c.System, "throttling_periods": c.Throttling.Periods,
		"throttling_throttled_periods": c.Throttling.Throttled, "throttling_throttled_time": c.Throttling.Time,
	}
	if known && c.System > before.System && c.Usage.Total >= before.Usage.Total {
		share := float64(c.Usage.Total-before.Usage.Total) / float64(c.System-before.System)
		f["usage_percent"] = share * float64(c.Online) * 100
	}
	return f
}

type dockerMemory struct {
	Usage    uint64
	Limit    uint64
	MaxUsage uint64 `json:"max_usage"`
	Stats    map[string]uint64
}

// memory are fields of Telegraf's docker_container_mem. What the kernel only
// caches is not counted as used; where it tells so depends on its version.
func (s *dockerStats) memory() map[string]any {
	m := s.Memory
	used := m.Usage
	for _, cached := range []string{"cache", "total_inactive_file", "inactive_file"} {
		if v, ok := m.Stats[cached]; ok && v < m.Usage {
			used = m.Usage - v
			break
		}
	}
	percent := 0.0
	if m.Limit > 0 {
		percent = float64(used) / float64(m.Limit) * 100
	}
	return map[string]any{"usage": used, "limit": m.Limit, "max_usage": m.MaxUsage, "usage_percent": percent}
}

type dockerNetwork struct {
	RxBytes   uint64 `json:"rx_bytes"`
	RxPackets uint64 `json:"rx_packets"`
	RxErrors  uint64 `json:"rx_errors"`
	RxDropped uint64 `json:"rx_dropped"`
	TxBytes   uint64 `json:"tx_bytes"`
	TxPackets uint64 `json:"tx_packets"`
	TxErrors  uint64 `json:"tx_errors"`
	TxDropped uint64 `json:"tx_dropped"`
}

// network are the fields of Telegraf's docker_container_net, of all networks
// together; none where the container has the host's.
func (s *dockerStats) network() map[string]any {
	if len(s.Networks) == 0 {
		return nil
	}
	var sum dockerNetwork
	for _, n := range s.Networks {
		sum.RxBytes += n.RxBytes
		sum.RxPackets += n.RxPackets
		sum.RxErrors += n.RxErrors
		sum.RxDropped += n.RxDropped
		sum.TxBytes += n.TxBytes
		sum.TxPackets += n.TxPackets
		sum.TxErrors += n.TxErrors
		sum.TxDropped += n.TxDropped
	}
	return map[string]any{
		"rx_bytes": sum.RxBytes, "rx_packets": sum.RxPackets, "rx_errors": sum.RxErrors, "rx_dropped": sum.RxDropped,
		"tx_bytes": sum.TxBytes, "tx_packets": sum.TxPackets, "tx_errors": sum.TxErrors, "tx_dropped": sum.TxDropped,
	}
}

type dockerDisk struct {
	Op    string
	Value uint64
}

// disks are fields of Telegraf's docker_container_blkio, of all devices
// together, by operation: read, write and what else the kernel tells apart.
func (s *dockerStats) disks() map[string]any {
	sums := map[string]uint64{}
	for prefix, list := range map[string][]dockerDisk{
		"io_service_bytes_recursive_": s.Disks.Bytes, "io_serviced_recursive_": s.Disks.Requests,
	} {
		for _, d := range list {
			sums[prefix+strings.ToLower(d.Op)] += d.Value
		}
	}
	fields := make(map[string]any, len(sums))
	for name, v := range sums {
		fields[name] = v
	}
	return fields
}

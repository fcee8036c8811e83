package agent

import (
	"testing"
	"testing/fstest"
	"time"
)

func TestGroupQuota(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  float64
	}{
		{"no control groups", nil, 0},
		{"none of version 2", map[string]string{"proc/self/cgroup": "3:cpu,cpuacct:/x\n"}, 0},
		{"no quota", map[string]string{"proc/self/cgroup": "0::/a.slice\n", "sys/fs/cgroup/a.slice/cpu.max": "max 100000\n"}, 0},
		{"a quota", map[string]string{"proc/self/cgroup": "0::/a.slice\n", "sys/fs/cgroup/a.slice/cpu.max": "150000 100000\n"}, 1.5},
		{"the least of all above", map[string]string{
			"proc/self/cgroup": "1:name=systemd:/\n0::/a.slice/b.service\n", "sys/fs/cgroup/a.slice/cpu.max": "50000 100000\n",
			"sys/fs/cgroup/a.slice/b.service/cpu.max": "400000 100000",
		}, 0.5},
		{"of a container", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2},
		{"a path that leads out", map[string]string{"proc/self/cgroup": "0::/../../../etc\n", "sys/fs/cgroup/etc/cpu.max": "1 1", "etc/cpu.max": "5 1"}, 1},
		{"nonsense", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "-1 0\n"}, 0},
		{"a period of nothing", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "1 0\n"}, 0},
	} {
		root := fstest.MapFS{}
		for name, text := range c.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := groupQuota(root); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if n := processors(); n <= 0 {
		t.Errorf("%v processors here", n)
	}
}

func TestProcessorTime(t *testing.T) {
	before := processorTime()
	for began := time.Now(); processorTime() == before; {
		if time.Since(began) > time.Minute {
			t.Fatal("a minute of work took no processor")
		}
	}
}

func FuzzParseQuota(f *testing.F) {
	f.Add("max 100000")
	f.Add("150000 100000\n")
	f.Add("1 0")
	f.Fuzz(func(t *testing.T, text string) {
		if q := parseQuota(text); q < 0 || q != q {
			t.Errorf("%q is %v", text, q)
		}
	})
}

package agent

import (
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// quota is how many processors the control group of this process may use; 0
// where there is no quota.
func quota() float64 { return groupQuota(os.DirFS("/")) }

// groupQuota is the least quota of the process's control group and of those
// that it lies in (cgroup v2, Linux Documentation/admin-guide/cgroup-v2.rst).
// What version 1 says is in GOMAXPROCS, rounded up.
func groupQuota(root fs.FS) float64 {
	const mounted = "sys/fs/cgroup"
	group, ok := ownGroup(head(root, "proc/self/cgroup"))
	if !ok {
		return 0
	}
	least := 0.0
	for dir := path.Join(mounted, group); strings.HasPrefix(dir, mounted); dir = path.Dir(dir) {
		if q := parseQuota(head(root, path.Join(dir, "cpu.max"))); q > 0 && (least == 0 || q < least) {
			least = q
		}
	}
	return least
}

// ownGroup is the path of the control group in /proc/self/cgroup.
func ownGroup(text string) (group string, ok bool) {
	for line := range strings.Lines(text) {
		if group, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok {
			return path.Clean("/" + group), true
		}
	}
	return "", false
}

// parseQuota reads cpu.max, such as "150000 100000" for one and a half
// processors; 0 is none, and what is not understood.
func parseQuota(text string) float64 {
	quota, period, _ := strings.Cut(strings.TrimSpace(text), " ")
	q, err := strconv.ParseUint(quota, 10, 63)
	p, perr := strconv.ParseUint(period, 10, 63)
	if err != nil || perr != nil || p == 0 {
		return 0
	}
	return float64(q) / float64(p)
}

// head is the beginning of a file of the kernel's, empty where there is none.
func head(root fs.FS, name string) string {
	f, err := root.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return ""
	}
	return string(b)
}

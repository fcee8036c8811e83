package slo

import "testing"

func TestSeriesName(t *testing.T) {
	for _, c := range []struct{ measurement, field, want string }{
		{"cpu", "usage_idle", "cpu_usage_idle"},
		{"my disk", "used-percent", "my_disk_used_percent"},
		{"2nd", "x", "_2nd_x"},
		{"ns:s", "f", "ns:s_f"},
		{"empty", "", "empty_"},
		{"prometheus", "go_goroutines", "go_goroutines"},
		{"prometheus", "9", "_9"},
		{"größe", "größe", "gr__e_gr__e"},
		{"probe", "success", "probe_success"}, // whether it may be written is asked elsewhere
	} {
		if got := SeriesName(c.measurement, c.field); got != c.want {
			t.Errorf("SeriesName(%q, %q) is %q, want %q", c.measurement, c.field, got, c.want)
		}
	}
	for tag, want := range map[string]string{"host": "host", "mount point": "mount_point", "a:b": "a_b", "1st": "_1st", "": "", "__name__": "__name__"} {
		if got := LabelName(tag); got != want {
			t.Errorf("LabelName(%q) is %q, want %q", tag, got, want)
		}
	}
}

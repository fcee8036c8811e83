package main

import (
	"strings"
	"testing"
)

// feed makes a report of go test's lines and returns what it printed.
func feed(t *testing.T, ci bool, lines ...string) (out string, ok bool) {
	t.Helper()
	var b strings.Builder
	r := newReport(&b)
	if err := read(strings.NewReader(strings.Join(lines, "\n")+"\n"), r); err != nil {
		t.Fatal(err)
	}
	ok = r.finish(ci)
	return b.String(), ok
}

func TestReport(t *testing.T) {
	const pkg = `"Package":"example.org/o/m/a"`
	for _, c := range []struct {
		name  string
		ci    bool
		lines []string
		want  string
		ok    bool
	}{
		{
			name: "a parent is not counted beside its subtests",
			lines: []string{
				`{"Action":"run",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"run",` + pkg + `,"Test":"TestA/x"}`,
				`{"Action":"run",` + pkg + `,"Test":"TestA/y"}`,
				`{"Action":"output",` + pkg + `,"Test":"TestA/x","Output":"noise\n"}`,
				`{"Action":"pass",` + pkg + `,"Test":"TestA/x"}`,
				`{"Action":"pass",` + pkg + `,"Test":"TestA/y"}`,
				`{"Action":"pass",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"pass",` + pkg + `,"Elapsed":1.25}`,
			},
			want: "ok    a                                        2 passed, 0 failed, 0 skipped in 1.2 s\n" +
				"2 passed, 0 failed, 0 skipped\n",
			ok: true,
		},
		{
			name: "a parent that alone failed is counted",
			lines: []string{
				`{"Action":"run",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"run",` + pkg + `,"Test":"TestA/x"}`,
				`{"Action":"pass",` + pkg + `,"Test":"TestA/x"}`,
				`{"Action":"output",` + pkg + `,"Test":"TestA","Output":"    a_test.go:3: wrong\n"}`,
				`{"Action":"fail",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"fail",` + pkg + `,"Elapsed":0}`,
			},
			want: "    a_test.go:3: wrong\n" +
				"FAIL  a                                        1 passed, 1 failed, 0 skipped in 0.0 s\n" +
				"1 passed, 1 failed, 0 skipped\n",
		},
		{
			name: "what is left out is said once, with the tests that wanted it",
			lines: []string{
				`{"Action":"run",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"output",` + pkg + `,"Test":"TestA","Output":"    a_test.go:3: left out: promtool\n"}`,
				`{"Action":"skip",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"run",` + pkg + `,"Test":"TestB"}`,
				`{"Action":"output",` + pkg + `,"Test":"TestB","Output":"    a_test.go:9: left out: promtool\n"}`,
				`{"Action":"skip",` + pkg + `,"Test":"TestB"}`,
				`{"Action":"run",` + pkg + `,"Test":"TestC"}`,
				`{"Action":"output",` + pkg + `,"Test":"TestC","Output":"    a_test.go:9: not on Fridays\n"}`,
				`{"Action":"skip",` + pkg + `,"Test":"TestC"}`,
				`{"Action":"pass",` + pkg + `,"Elapsed":0}`,
			},
			want: "ok    a                                        0 passed, 0 failed, 3 skipped in 0.0 s\n" +
				"skipped: a.TestC: not on Fridays\n" +
				"left out: promtool (install it with make test-servers): a.TestA, a.TestB\n" +
				"0 passed, 0 failed, 3 skipped\n",
			ok: true,
		},
		{
			name: "CI leaves nothing out",
			ci:   true,
			lines: []string{
				`{"Action":"run",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"output",` + pkg + `,"Test":"TestA","Output":"    a_test.go:3: left out: ping sockets (see docs/probes/icmp.md)\n"}`,
				`{"Action":"skip",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"pass",` + pkg + `,"Elapsed":0}`,
			},
			want: "ok    a                                        0 passed, 0 failed, 1 skipped in 0.0 s\n" +
				"left out: ping sockets (see docs/probes/icmp.md): a.TestA\n" +
				"FAIL  nothing may be left out when CI=true\n" +
				"0 passed, 0 failed, 1 skipped\n",
		},
		{
			name: "a parent that skips after its subtests is counted",
			lines: []string{
				`{"Action":"run",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"run",` + pkg + `,"Test":"TestA/x"}`,
				`{"Action":"pass",` + pkg + `,"Test":"TestA/x"}`,
				`{"Action":"output",` + pkg + `,"Test":"TestA","Output":"    a_test.go:3: left out: chromium\n"}`,
				`{"Action":"skip",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"pass",` + pkg + `,"Elapsed":0}`,
			},
			want: "ok    a                                        1 passed, 0 failed, 1 skipped in 0.0 s\n" +
				"left out: chromium (install it with make test-servers): a.TestA\n" +
				"1 passed, 0 failed, 1 skipped\n",
			ok: true,
		},
		{
			name: "a test that never ended failed",
			lines: []string{
				`{"Action":"run",` + pkg + `,"Test":"TestA"}`,
				`{"Action":"output",` + pkg + `,"Test":"TestA","Output":"=== RUN   TestA\n"}`,
				`{"Action":"output",` + pkg + `,"Output":"panic: test timed out\n"}`,
				`{"Action":"output",` + pkg + `,"Output":"FAIL\texample.org/o/m/a\t5.000s\n"}`,
				`{"Action":"fail",` + pkg + `,"Elapsed":5}`,
			},
			want: "--- FAIL: TestA (did not end)\npanic: test timed out\n" +
				"FAIL  a                                        0 passed, 1 failed, 0 skipped in 5.0 s\n" +
				"0 passed, 1 failed, 0 skipped\n",
		},
		{
			name: "a build that broke is shown once and fails each package that wanted it",
			lines: []string{
				`{"ImportPath":"example.org/o/m/b","Action":"build-output","Output":"b.go:1: no\n"}`,
				`{"ImportPath":"example.org/o/m/b","Action":"build-fail"}`,
				`{"Action":"fail",` + pkg + `,"Elapsed":0,"FailedBuild":"example.org/o/m/b"}`,
				`{"Action":"fail","Package":"example.org/o/m/c","Elapsed":0,"FailedBuild":"example.org/o/m/b"}`,
			},
			want: "b.go:1: no\n" +
				"FAIL  a                                        0 passed, 1 failed, 0 skipped in 0.0 s\n" +
				"FAIL  c                                        0 passed, 1 failed, 0 skipped in 0.0 s\n" +
				"0 passed, 2 failed, 0 skipped\n",
		},
		{
			name: "packages without tests say nothing; lines that are no events stay",
			lines: []string{
				`{"Action":"start",` + pkg + `}`,
				`{"Action":"output",` + pkg + `,"Output":"?   \ta\t[no test files]\n"}`,
				`{"Action":"skip",` + pkg + `,"Elapsed":0}`,
				`not JSON`,
			},
			want: "not JSON\n0 passed, 0 failed, 0 skipped\n",
			ok:   true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := feed(t, c.ci, c.lines...)
			if got != c.want {
				t.Errorf("printed\n%s\nwant\n%s", got, c.want)
			}
			if ok != c.ok {
				t.Errorf("ok is %v, want %v", ok, c.ok)
			}
		})
	}
}

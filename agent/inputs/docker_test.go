package inputs

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/influxdata/telegraf/plugins/inputs"
	telegrafdocker "github.com/influxdata/telegraf/plugins/inputs/docker"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

func pemOf(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }

// checkParts reports parts that no record takes.
func checkParts(t *testing.T, parts [][]slo.Sample) {
	t.Helper()
	for _, p := range parts {
		if _, err := push.EncodeRecord(slo.Record{Readings: &slo.Readings{Location: "eu", Samples: p}}); err != nil {
			t.Error(err)
		}
		for _, s := range p {
			if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
				t.Errorf("%s is %v", s.Name, s.Value)
			}
		}
	}
}

// engine is a socket that speaks the Docker Engine API as far as it is read.
type engine struct {
	mu       sync.Mutex
	answers  map[string]string // by path; a testdata file's name, or JSON
	asked    []string
	cpuTotal uint64
}

func (e *engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, r.URL.String())
	path := r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/v"); ok { // Telegraf's client names a version
		_, rest, _ = strings.Cut(rest, "/")
		path = "/" + rest
	}
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Ostype", "linux")
	answer, ok := e.answers[path]
	switch {
	case path == "/_ping":
	case !ok:
		http.Error(w, `{"message":"no such thing"}`, http.StatusNotFound)
	case strings.HasSuffix(answer, ".json"):
		b, err := os.ReadFile(filepath.Join("testdata", "docker", answer))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if answer == "stats.json" {
			e.cpuTotal += 50_000_000
		}
		_, _ = w.Write([]byte(strings.NewReplacer("CPUTOTAL", fmt.Sprint(e.cpuTotal), "CPUSYSTEM", fmt.Sprint(20*e.cpuTotal)).Replace(string(b))))
	default:
		_, _ = w.Write([]byte(answer))
	}
}

const shopID = "3f2a1c0d9e8b7a6f5e4d3c2b1a0f9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f"

// newEngine is one with a running container, at the socket that it returns.
func newEngine(t *testing.T) (*engine, string) {
	t.Helper()
	e := &engine{answers: map[string]string{
		"/info": "info.json", "/containers/json": "containers.json",
		"/containers/" + shopID + "/json": "inspect.json", "/containers/" + shopID + "/stats": "stats.json",
	}}
	at := socket(t)
	l, err := net.Listen("unix", at)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: e}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close() })
	return e, "unix://" + at
}

// TestDocker reads an engine, and has no series that Telegraf's plugin has not.
func TestDocker(t *testing.T) {
	e, at := newEngine(t)
	in := made(t, "docker", Settings{Servers: []string{at}})
	if _, err := all(t, in); err != nil { // what it counted is compared with the next
		t.Fatal(err)
	}
	samples, err := all(t, in)
	if err != nil {
		t.Fatal(err)
	}
	ours := values(samples)
	const of = " container_image=registry.example:5000/shop container_name=shop container_status=running container_version=1.2 "
	const engine = "engine_host=dock-1 "
	const version = "server_version=20.10.24"
	for name, want := range map[string]float64{
		"docker_n_containers_running " + engine + version:                                                  1,
		"docker_memory_total " + engine + version:                                                          8 << 30,
		"docker_container_status_restart_count" + of + engine + version:                                    2,
		"docker_container_status_oomkilled" + of + engine + version:                                        0,
		"docker_container_health_failing_streak" + of + engine + version:                                   1,
		"docker_container_mem_usage" + of + engine + version:                                               100 << 20,
		"docker_container_mem_usage_percent" + of + engine + version:                                       25,
		"docker_container_cpu_usage_percent" + of + "cpu=cpu-total " + engine + version:                    20,
		"docker_container_net_rx_bytes" + of + engine + "network=total " + version:                         1500,
		"docker_container_blkio_io_service_bytes_recursive_read" + of + "device=total " + engine + version: 7000,
	} {
		if got, ok := ours[name]; !ok || got != want {
			t.Errorf("%s is %v, %v; want %v", name, got, ok, want)
		}
	}
	plugin, ok := inputs.Inputs["docker"]().(*telegrafdocker.Docker)
	if !ok {
		t.Fatal("Telegraf has no plugin for docker")
	}
	plugin.Endpoint, plugin.LabelExclude, plugin.Log = at, []string{"*"}, logger{func(string) {}}
	telegrafs := values(theirs(t, plugin))
	for name := range ours {
		if _, ok := telegrafs[name]; !ok {
			t.Errorf("Telegraf lacks %s", name)
		}
	}
	for _, path := range e.asked {
		if strings.Contains(path, "/stats") && !strings.HasPrefix(path, "/v") && !strings.Contains(path, "one-shot=true") {
			t.Errorf("asked %s, which waits a second", path)
		}
	}
}

// TestDockerHostile: an engine that lies costs an error.
func TestDockerHostile(t *testing.T) {
	many := make([]dockerContainer, maxContainers+1)
	for i := range many {
		many[i] = dockerContainer{ID: shopID, Names: []string{fmt.Sprintf("/c%d", i)}, Image: "shop"}
	}
	list, err := json.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path, answer, want string
	}{
		"no engine":          {"/info", "<html>", "the answer to /info"},
		"a huge answer":      {"/info", `{"Name":"` + strings.Repeat("x", maxDockerReply) + `"}`, "more than 4194304 bytes"},
		"no list":            {"/containers/json", `{}`, "the answer to /containers/json"},
		"too many":           {"/containers/json", string(list), "1 containers beyond the first 200"},
		"a container's path": {"/containers/json", `[{"Id":"../../info","Names":["/evil"],"Image":"x"}]`, ""},
		"no name":            {"/containers/json", `[{"Id":"` + shopID + `","Names":[],"Image":"x"}]`, ""},
		"it ended":           {"/containers/json", `[{"Id":"` + strings.Repeat("0", 64) + `","Names":["/gone"],"Image":"x"}]`, "the answer is 404"},
		"no stats":           {"/containers/" + shopID + "/stats", `[]`, "/stats"},
		"empty stats":        {"/containers/" + shopID + "/stats", `{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, at := newEngine(t)
			e.answers[c.path] = c.answer
			in := made(t, "docker", Settings{Servers: []string{at}})
			for range 2 {
				samples, err := all(t, in)
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("%v, want %q", err, c.want)
				}
				checkParts(t, [][]slo.Sample{samples[:min(len(samples), MaxSamples)]})
			}
			for _, path := range e.asked {
				if strings.Contains(path, "..") {
					t.Errorf("asked %s", path)
				}
			}
		})
	}
	if _, err := made(t, "docker", Settings{Servers: []string{"unix:///nowhere/docker.sock"}}).Read(t.Context()); err == nil {
		t.Error("no engine is no error")
	}
}

func TestDockerImage(t *testing.T) {
	for image, want := range map[string][2]string{
		"shop": {"shop", "unknown"}, "shop:1.2": {"shop", "1.2"}, "registry.example:5000/shop": {"registry.example:5000/shop", "unknown"},
		"registry.example:5000/a/shop:1": {"registry.example:5000/a/shop", "1"}, "": {"", "unknown"}, "shop@sha256:0ab": {"shop@sha256", "0ab"},
	} {
		if name, version := dockerImage(image); name != want[0] || version != want[1] {
			t.Errorf("%q is %q, %q", image, name, version)
		}
	}
}

func FuzzDockerStats(f *testing.F) {
	b, err := os.ReadFile(filepath.Join("testdata", "docker", "stats.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(strings.NewReplacer("CPUTOTAL", "1", "CPUSYSTEM", "2").Replace(string(b))))
	f.Add([]byte(`{"cpu_stats":{"system_cpu_usage":18446744073709551615},"memory_stats":{"usage":1,"stats":{"cache":2}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s dockerStats
		if json.Unmarshal(b, &s) != nil {
			return
		}
		acc := &accumulator{}
		acc.add("mem", s.memory(), nil)
		acc.add("cpu", s.CPU.fields(dockerCPU{}, true), nil)
		acc.add("net", s.network(), nil)
		acc.add("blkio", s.disks(), nil)
		checkParts(t, acc.parts)
	})
}

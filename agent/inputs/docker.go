package inputs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Bounds of one reading of Docker.
const (
	maxContainers  = 200
	maxDockerReply = 4 << 20 // bytes of one answer
)

// docker reads the Docker Engine API (https://docs.docker.com/reference/api/engine/),
// which Podman speaks as well, over the engine's socket.
type docker struct {
	client *http.Client
	before map[string]dockerCPU // of each running container at the last reading, by its ID
}

func newDocker(s Settings) (*docker, error) {
	u, err := url.Parse(s.Servers[0])
	if err != nil {
		return nil, fmt.Errorf("input docker: %w", err)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", u.Path)
	}
	return &docker{client: httpClient(&http.Transport{DialContext: dial})}, nil
}

// ask asks for one resource of the engine.
func (d *docker) ask(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker"+path, nil)
	if err != nil {
		return err
	}
	b, err := fetch(d.client, req, maxDockerReply)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("the answer to %s: %w", path, err)
	}
	return nil
}

// dockerInfo is what is wanted of GET /info.
type dockerInfo struct {
	Name              string
	ServerVersion     string
	NCPU              int64
	MemTotal          int64
	NFd               int64
	NGoroutines       int64
	NEventsListener   int64
	Containers        int64
	ContainersRunning int64
	ContainersPaused  int64
	ContainersStopped int64
	Images            int64
}

// dockerContainer is what is wanted of an item of GET /containers/json.
type dockerContainer struct {
	ID    string `json:"Id"`
	Names []string
	Image string
}

func (d *docker) read(ctx context.Context, acc *accumulator) error {
	var info dockerInfo
	if err := d.ask(ctx, "/info", &info); err != nil {
		return err
	}
	engine := map[string]string{"engine_host": info.Name, "server_version": info.ServerVersion}
	acc.add("docker", map[string]any{
		"n_cpus": info.NCPU, "memory_total": info.MemTotal, "n_used_file_descriptors": info.NFd,
		"n_goroutines": info.NGoroutines, "n_listener_events": info.NEventsListener,
		"n_containers": info.Containers, "n_containers_running": info.ContainersRunning,
		"n_containers_paused": info.ContainersPaused, "n_containers_stopped": info.ContainersStopped,
		"n_images": info.Images,
	}, engine)
	var running []dockerContainer
	if err := d.ask(ctx, "/containers/json?filters="+url.QueryEscape(`{"status":["running"]}`), &running); err != nil {
		return err
	}
	if len(running) > maxContainers {
		acc.AddError(fmt.Errorf("%d containers beyond the first %d were left out", len(running)-maxContainers, maxContainers))
		running = running[:maxContainers]
	}
	now := map[string]dockerCPU{}
	for _, c := range running {
		if err := d.container(ctx, c, maps.Clone(engine), now, acc); err != nil && ctx.Err() == nil {
			acc.AddError(err) // it may have ended meanwhile
		}
	}
	d.before = now
	return ctx.Err()
}

// container reads one container. now takes its counters for the next reading.
func (d *docker) container(ctx context.Context, c dockerContainer, tags map[string]string, now map[string]dockerCPU, acc *accumulator) error {
	name := dockerName(c.Names)
	if name == "" || strings.Trim(c.ID, "0123456789abcdef") != "" || c.ID == "" {
		return nil
	}
	tags["container_name"] = name
	tags["container_image"], tags["container_version"] = dockerImage(c.Image)
	var detail dockerDetail
	if err := d.ask(ctx, "/containers/"+c.ID+"/json", &detail); err != nil {
		return err
	}
	var stats dockerStats
	// One shot does not wait a second for the counters to compare with.
	if err := d.ask(ctx, "/containers/"+c.ID+"/stats?stream=false&one-shot=true", &stats); err != nil {
		return err
	}
	tags["container_status"] = detail.State.Status
	acc.add("docker_container_status", detail.fields(time.Now()), tags)
	if h := detail.State.Health; h != nil {
		acc.add("docker_container_health", map[string]any{"failing_streak": h.FailingStreak}, tags)
	}
	acc.add("docker_container_mem", stats.memory(), tags)
	before, known := d.before[c.ID]
	now[c.ID] = stats.CPU
	acc.add("docker_container_cpu", stats.CPU.fields(before, known), with(tags, "cpu", "cpu-total"))
	acc.add("docker_container_net", stats.network(), with(tags, "network", "total"))
	acc.add("docker_container_blkio", stats.disks(), with(tags, "device", "total"))
	return nil
}

// with are tags and one more.
func with(tags map[string]string, key, value string) map[string]string {
	t := maps.Clone(tags)
	t[key] = value
	return t
}

// dockerName is a container's own name; others are those that links gave it.
func dockerName(names []string) string {
	for _, n := range names {
		if n = strings.TrimPrefix(n, "/"); !strings.Contains(n, "/") {
			return n
		}
	}
	return ""
}

// dockerImage divides an image's name from its version.
func dockerImage(image string) (name, version string) {
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		return image[:i], image[i+1:]
	}
	return image, "unknown"
}

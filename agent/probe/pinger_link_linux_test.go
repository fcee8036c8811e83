package probe

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ownNetwork is the variable of a test that runs in a network of its own.
const ownNetwork = "ASSAY_PROBE_OWN_NETWORK"

// inOwnNetwork runs the test in a process whose network is loopback alone, and
// where everybody may have both kinds of ICMP socket. It reports whether this
// is that process.
func inOwnNetwork(t *testing.T) bool {
	t.Helper()
	if os.Getenv(ownNetwork) != "" {
		for _, err := range []error{loopbackUp(), os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 0"), 0)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), ownNetwork+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if cmd.Process == nil {
		t.Skipf("left out, as this system gives no network of its own: %v", err)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// loopbackUp turns loopback on, which a new network has off.
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo)
}

// Both kinds of socket, in both families, have the kernel's stamp: it lies
// before the moment at which the packet was seen to wait, however late it is
// read. A kernel that is asked for the first time begins a moment later, and
// stamps what comes until then when it is read.
func TestKernelStamps(t *testing.T) {
	if !inOwnNetwork(t) {
		return
	}
	for _, six := range []bool{false, true} {
		for _, raw := range []bool{false, true} {
			t.Run(fmt.Sprintf("six %v, raw %v", six, raw), func(t *testing.T) {
				s, err := openSocket(six, raw)
				if err != nil {
					t.Fatal(err)
				}
				defer s.link.Close()
				for t.Context().Err() == nil && !stampedBeforeSeen(t, s) {
				}
			})
		}
	}
}

// stampedBeforeSeen sends a request and reads its reply. It reports whether the
// reply's stamp is of before it was seen to wait.
func stampedBeforeSeen(t *testing.T, s *pingSocket) (before bool) {
	t.Helper()
	replies := make(chan echoReply, 1)
	sent := time.Now()
	seq, err := s.send(netip.MustParseAddr(map[bool]string{false: "127.0.0.1", true: "::1"}[s.six]), replies)
	if err != nil {
		t.Fatal(err)
	}
	for len(replies) == 0 {
		seen := awaitPacket(t, s)
		message, from, at, err := s.link.receive(make([]byte, maxMessageICMP))
		if err != nil {
			t.Fatal(err)
		}
		if at.stamp.Before(sent.Round(0)) || at.stamp.After(at.read.Round(0)) {
			t.Fatalf("stamped %v, sent %v, read %v", at.stamp, sent, at.read)
		}
		before = !at.stamp.After(seen.Round(0))
		s.take(message, from, at)
	}
	if got := <-replies; got.seq != seq || got.rtt < 0 || got.rtt > time.Since(sent) {
		t.Errorf("got %+v", got)
	}
	return before
}

// awaitPacket waits until there is something to read, and returns an instant
// at which there was.
func awaitPacket(t *testing.T, s *pingSocket) (at time.Time) {
	t.Helper()
	l := s.link.(*icmpLink)
	socket := syscall.Conn(l.udp)
	if l.udp == nil {
		socket = l.ip
	}
	fd, err := socket.SyscallConn()
	if err == nil {
		err = fd.Read(func(fd uintptr) bool {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
			at = time.Now()
			return err == nil && n > 0
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestStampIn(t *testing.T) {
	for name, oob := range map[string][]byte{
		"none": nil, "cut off": make([]byte, 15), "no length": make([]byte, 64),
		"rights": unix.UnixRights(1), "credentials": unix.UnixCredentials(&unix.Ucred{}),
	} {
		if at := stampIn(oob); !at.IsZero() {
			t.Errorf("%s: %v", name, at)
		}
	}
}

func TestWithoutHeader(t *testing.T) {
	packet := append([]byte{0x46}, make([]byte, 23)...) // with an option
	packet = append(packet, "message"...)
	if got := string(withoutHeader(packet)); got != "message" {
		t.Errorf("got %q", got)
	}
	for _, b := range [][]byte{nil, {0x45}, packet[:23], append([]byte{0x44}, packet[1:]...), append([]byte{0x4f}, packet[1:]...)} {
		if got := withoutHeader(b); got != nil {
			t.Errorf("% x carries % x", b, got)
		}
	}
}

// FuzzPacket has the kernel give any bytes: neither is read past its end.
func FuzzPacket(f *testing.F) {
	stamp := make([]byte, unix.CmsgSpace(16))
	copy(stamp, unix.UnixRights(1, 2, 3, 4)) // of as many bytes
	f.Add(stamp, []byte("E"))
	f.Add(append(unix.UnixRights(1), 1), append([]byte{0x45}, make([]byte, 19)...))
	f.Add([]byte(nil), []byte{0x4f, 0})
	f.Fuzz(func(t *testing.T, oob, packet []byte) {
		_ = stampIn(oob)
		if carried := withoutHeader(packet); len(carried) > len(packet) {
			t.Errorf("%d bytes in %d", len(carried), len(packet))
		}
	})
}

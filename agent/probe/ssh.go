package probe

import (
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/assay-sla/assay/slo"
)

const (
	// sshVersion identifies the probe to servers.
	sshVersion = "SSH-2.0-assay-agent"
	// maxSSH bounds what is read of a key exchange, in bytes.
	maxSSH = 256 << 10
	// maxPreamble bounds the lines before an identification (RFC 4253, 4.2).
	maxPreamble = 50
)

// sshTest reads a server's identification and, where that is asked, its host
// key.
type sshTest struct {
	host         host
	port         uint16
	banner       *regexp.Regexp
	fingerprints []string
	algorithms   []string // of host keys, by preference
}

func newSSH(spec slo.Spec, _ *Env) (Test, error) {
	s, ok := spec.(*slo.SSH)
	if !ok {
		return nil, fmt.Errorf("ssh: spec is a %T", spec)
	}
	t := &sshTest{fingerprints: s.Fingerprints, algorithms: slo.SSHHostKeyAlgorithms()}
	var err error
	if t.host, t.port, err = newHostPort(s.Address, s.IP, ""); err != nil {
		return nil, fmt.Errorf("ssh: %w", err)
	}
	if s.Banner != "" {
		if t.banner, err = regexp.Compile(s.Banner); err != nil {
			return nil, fmt.Errorf("ssh: banner: %w", err)
		}
	}
	if s.Algorithm != "" {
		if !slices.Contains(t.algorithms, s.Algorithm) {
			return nil, fmt.Errorf("ssh: algorithm %q is not one of %s", s.Algorithm, strings.Join(t.algorithms, ", "))
		}
		t.algorithms = []string{s.Algorithm}
	}
	return t.run, nil
}

func (t *sshTest) run(r *run) error {
	c, err := r.dial("tcp", t.host, t.port)
	if err != nil {
		return err
	}
	defer c.Close()
	k := newTalk(r, c)
	defer k.done()
	said, err := k.identification()
	if err != nil {
		return err
	}
	if t.banner != nil && !t.banner.MatchString(said) {
		return downf(slo.BannerMismatch, "expected %s to identify itself with a match of %s, got %s", r.peer, t.banner, r.quote(said, 240))
	}
	if len(t.fingerprints) == 0 {
		return nil
	}
	return t.hostKey(k, said)
}

// identification reads the line that begins with SSH-, past lines of greeting.
func (k *talk) identification() (string, error) {
	for range maxPreamble {
		line, err := k.line()
		if err != nil {
			return "", err
		}
		switch {
		case strings.HasPrefix(line, "SSH-2.0-"), strings.HasPrefix(line, "SSH-1.99-"):
			return line, nil
		case strings.HasPrefix(line, "SSH-"):
			return "", downf(slo.ProtocolError, "%s speaks no SSH 2: %s", k.r.peer, k.r.quote(line, 160))
		}
	}
	return "", downf(slo.ProtocolError, "%s sent %d lines and no identification of SSH", k.r.peer, maxPreamble)
}

// errKeySeen ends a key exchange once the server has proved its host key.
var errKeySeen = errors.New("the host key was seen")

// hostKey exchanges keys until the server has proved which host key it holds.
func (t *sshTest) hostKey(k *talk, said string) error {
	read := said + "\r\n" + string(k.got) // the library reads the identification itself
	k.atMost(maxSSH)
	conn := &sshConn{Conn: k.raw, in: io.MultiReader(strings.NewReader(read), &k.in)}
	var key ssh.PublicKey
	start := time.Now()
	_, _, _, err := ssh.NewClientConn(conn, k.r.peer.String(), &ssh.ClientConfig{
		ClientVersion: sshVersion, HostKeyAlgorithms: t.algorithms,
		HostKeyCallback: func(_ string, _ net.Addr, seen ssh.PublicKey) error {
			key = seen
			return errKeySeen
		},
	})
	k.r.m.Phases.TLS += time.Since(start)
	if key == nil {
		return t.noKey(k, err)
	}
	got := ssh.FingerprintSHA256(key)
	if k.r.trace != nil {
		k.r.trace.add("host key", "%s %s", key.Type(), got)
	}
	if !slices.Contains(t.fingerprints, got) {
		return downf(slo.HostKeyMismatch, "the host key of %s is %s %s, which is not one of %s", k.r.peer, key.Type(), got, strings.Join(t.fingerprints, ", "))
	}
	return nil
}

// noKey is the failure of a key exchange that ended before the host key.
func (t *sshTest) noKey(k *talk, err error) error {
	if k.in.err != nil && !errors.Is(k.in.err, net.ErrClosed) {
		return k.r.fail(transferring, k.in.err) // what the connection said, not what was made of it
	}
	var negotiation *ssh.AlgorithmNegotiationError
	if errors.As(err, &negotiation) {
		return downf(slo.HostKeyMismatch, "%s and the probe share no algorithm: %s", k.r.peer, k.r.clean(err.Error(), 240))
	}
	return downf(slo.ProtocolError, "the key exchange with %s failed: %s", k.r.peer, k.r.clean(err.Error(), 240))
}

// sshConn is a connection of which some was read already.
type sshConn struct {
	net.Conn
	in io.Reader
}

func (c *sshConn) Read(p []byte) (int, error) { return c.in.Read(p) }

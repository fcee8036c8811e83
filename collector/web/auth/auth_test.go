package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/assay-sla/assay/slo"
)

func hash(t testing.TB, password string) []byte {
	t.Helper()
	b, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestUserLineIsRead(t *testing.T) {
	line, err := userLine("alice", "correct horse battery", Operator, bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	users, err := ReadUsers(strings.NewReader(line), "users.yaml")
	if err != nil || len(users) != 1 || users[0].Name != "alice" || users[0].Role != Operator {
		t.Fatalf("read %v, %v", users, err)
	}
	c, err := NewCredentials(users, nil)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"correct horse battery": true, "correct horse": false, "": false} {
		if got, err := c.Password(context.Background(), "alice", password); got != want || err != nil {
			t.Errorf("Password(%q) = %v, %v, want %v", password, got, err, want)
		}
	}
	if ok, _ := c.Password(context.Background(), "mallory", "nobody has this password"); ok {
		t.Error("the dummy's password opened the door")
	}
}

func TestTokenLineIsRead(t *testing.T) {
	line, secret, err := TokenLine("grafana", Viewer, "")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(line, secret) {
		t.Error("the line holds the secret")
	}
	tokens, err := ReadTokens(strings.NewReader(line), "tokens.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCredentials(nil, tokens)
	if err != nil {
		t.Fatal(err)
	}
	a, ok := c.Bearer(secret)
	if !ok || a != (Actor{"grafana", Viewer, ByToken}) {
		t.Errorf("Bearer = %v, %v", a, ok)
	}
	if _, ok := c.Bearer(secret + "x"); ok {
		t.Error("another token was taken")
	}
}

func TestLinesRefuse(t *testing.T) {
	for name, try := range map[string]func() error{
		"short password": func() error { _, err := UserLine("a", "short", Viewer); return err },
		"long password":  func() error { _, err := UserLine("a", strings.Repeat("x", 73), Viewer); return err },
		"no role":        func() error { _, err := UserLine("a", "long enough it is", Nobody); return err },
		"our own name":   func() error { _, err := UserLine("assay", "long enough it is", Viewer); return err },
		"line break":     func() error { _, _, err := TokenLine("a\nb", Viewer, ""); return err },
		"empty name":     func() error { _, _, err := TokenLine("", Viewer, ""); return err },
	} {
		if try() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFileProblemsAreAllTold(t *testing.T) {
	good := string(hash(t, "x"))
	file := fmt.Sprintf(`- {name: a, bcrypt: "%[1]s", role: viewer}
- {name: a, bcrypt: "%[1]s", role: viewer}
- {name: b, bcrypt: "%[1]s", role: king}
- {name: c, bcrypt: SECRET, role: viewer}
- {name: "d e", bcrypt: "%[1]s", role: viewer}
- {name: f, bcrypt: "%[1]s", role: viewer, admin: true}
- {name: f, name: g, bcrypt: "%[1]s", role: viewer}
- just text
- {name: h, bcrypt: [1], role: viewer}
- {name: i, bcrypt: "$2a$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", role: viewer}
`, good)
	_, err := ReadUsers(strings.NewReader(file), "users.yaml")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`users.yaml:2: name: "a" appears twice`, `users.yaml:3: role: "king" is not one of`, `users.yaml:4: bcrypt: not a bcrypt hash`,
		`users.yaml:5: name: "d e" has more than`, `users.yaml:6: unknown field "admin"`, `users.yaml:7: "name": appears twice`,
		`users.yaml:8: not a mapping`, `users.yaml:9: "bcrypt": not a plain value`, `users.yaml:10: bcrypt: cost 31 is more than 15`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), good) {
		t.Errorf("the error holds a secret: %v", err)
	}
}

func FuzzReadFiles(f *testing.F) {
	f.Add("- {name: a, bcrypt: x, role: viewer}")
	f.Add("- {name: a, sha256: " + strings.Repeat("0a", 32) + ", role: admin}")
	f.Add("a: &a [*a]")
	f.Add("- &x {name: *x}")
	f.Fuzz(func(t *testing.T, s string) {
		users, err := ReadUsers(strings.NewReader(s), "f")
		tokens, err2 := ReadTokens(strings.NewReader(s), "f")
		if err == nil && len(users) > 0 || err2 == nil && len(tokens) > 0 {
			for _, u := range users {
				if CheckName(u.Name) != nil || u.Role == Nobody {
					t.Errorf("took %+v", u)
				}
			}
			for _, u := range tokens {
				if CheckName(u.Name) != nil || u.Role == Nobody {
					t.Errorf("took %+v", u)
				}
			}
		}
	})
}

// TestLocation: an agent's token may be bound to a location; nobody else's.
func TestLocation(t *testing.T) {
	line, _, err := TokenLine("eu-1", Viewer, "eu")
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := ReadAgentTokens(strings.NewReader(line), "agents.yaml")
	if err != nil || len(tokens) != 1 || tokens[0].Location != "eu" {
		t.Errorf("%q: %+v, %v", line, tokens, err)
	}
	if _, err := ReadTokens(strings.NewReader(line), "tokens.yaml"); err == nil || !strings.Contains(err.Error(), "tokens.yaml:1: location: only an agent's token has one") {
		t.Errorf("a token of the pages: %v", err)
	}
	person := strings.Replace(line, "sha256", "bcrypt", 1)
	if _, err := ReadUsers(strings.NewReader(person), "users.yaml"); err == nil || !strings.Contains(err.Error(), "location") {
		t.Errorf("a person: %v", err)
	}
	if _, _, err := TokenLine("eu-1", Viewer, "e\nu"); err == nil {
		t.Error("a location with a line break was taken")
	}
}

func TestCredentialsRefuse(t *testing.T) {
	u := User{"a", hash(t, "x"), Viewer}
	k := Token{"k", sha256.Sum256([]byte("s")), Viewer, ""}
	for name, in := range map[string]struct {
		users  []User
		tokens []Token
	}{
		"nothing":       {},
		"twice a user":  {[]User{u, u}, nil},
		"user as token": {[]User{u}, []Token{{"a", k.SHA256, Viewer, ""}}},
		"one secret":    {nil, []Token{k, {"other", k.SHA256, Admin, ""}}},
		"not bcrypt":    {[]User{{"a", []byte("x"), Viewer}}, nil},
	} {
		if _, err := NewCredentials(in.users, in.tokens); err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), hex.EncodeToString(k.SHA256[:])) {
			t.Errorf("%s: tells a digest", name)
		}
	}
}

func sessions(t *testing.T, users ...User) *Sessions {
	t.Helper()
	c, err := NewCredentials(users, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSessions(c, Life{Idle: time.Hour, Absolute: 3 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSessionLife(t *testing.T) {
	alice := User{"alice", hash(t, "x"), Operator}
	const t0 = slo.Instant(1e12)
	after := func(d time.Duration) slo.Instant { return t0.Add(d) }
	is := func(t *testing.T, s *Sessions, secret string, at slo.Instant, use, want bool) {
		t.Helper()
		if a, ok := s.Actor(secret, at, use); ok != want || ok && a != (Actor{"alice", Operator, BySession}) {
			t.Fatalf("Actor = %v, %v, want %v", a, ok, want)
		}
	}
	t.Run("idle", func(t *testing.T) {
		s := sessions(t, alice)
		k, _ := s.Open("alice", t0)
		is(t, s, k, after(59*time.Minute), true, true)
		is(t, s, k, after(118*time.Minute), false, true)
		is(t, s, k, after(119*time.Minute), true, false)
	})
	t.Run("absolute", func(t *testing.T) {
		s := sessions(t, alice)
		k, _ := s.Open("alice", t0)
		for m := 30; m < 180; m += 30 {
			is(t, s, k, after(time.Duration(m)*time.Minute), true, true)
		}
		is(t, s, k, after(3*time.Hour), true, false)
	})
	t.Run("signed out", func(t *testing.T) {
		s := sessions(t, alice)
		k, _ := s.Open("alice", t0)
		s.Close(k)
		is(t, s, k, t0, true, false)
	})
	t.Run("password changed", func(t *testing.T) {
		s := sessions(t, alice)
		k, _ := s.Open("alice", t0)
		c, err := NewCredentials([]User{{"alice", hash(t, "x"), Operator}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.SetCredentials(c)
		is(t, s, k, t0, true, false)
	})
	t.Run("role changed", func(t *testing.T) {
		s := sessions(t, alice)
		k, _ := s.Open("alice", t0)
		lower := alice
		lower.Role = Viewer
		c, err := NewCredentials([]User{lower}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.SetCredentials(c)
		if a, ok := s.Actor(k, t0, true); !ok || a.Role != Viewer {
			t.Errorf("Actor = %v, %v", a, ok)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		s := sessions(t, alice)
		if _, ok := s.Open("bob", t0); ok {
			t.Error("opened for nobody")
		}
		is(t, s, "guess", t0, true, false)
	})
}

func TestSessionsAreBounded(t *testing.T) {
	s := sessions(t, User{"alice", hash(t, "x"), Viewer})
	first, _ := s.Open("alice", 0)
	second, _ := s.Open("alice", 1)
	for i := 2; i <= maxSessions; i++ {
		s.Open("alice", slo.Instant(i))
	}
	if _, ok := s.Actor(first, maxSessions, true); ok {
		t.Error("the session longest idle is still open")
	}
	if _, ok := s.Actor(second, maxSessions, true); !ok {
		t.Error("another session was ended")
	}
	if n := len(s.open); n != maxSessions {
		t.Errorf("%d sessions", n)
	}
}

func TestGuard(t *testing.T) {
	g := NewGuard()
	a, b := g.NewSecret(), g.NewSecret()
	if !g.Holds(a, g.Token(a)) {
		t.Error("refused its own token")
	}
	for _, bad := range [][2]string{{a, g.Token(b)}, {a, ""}, {"", g.Token("")}, {a, a}, {a, NewGuard().Token(a)}} {
		if g.Holds(bad[0], bad[1]) {
			t.Errorf("took %q", bad)
		}
	}
}

func TestAttempts(t *testing.T) {
	here, there := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	a := NewAttempts()
	for i := range 5 {
		if _, ok := a.Take("alice", here, 0); !ok {
			t.Fatalf("attempt %d refused", i)
		}
	}
	wait, ok := a.Take("alice", here, 0)
	if ok || wait != time.Minute {
		t.Errorf("sixth: wait %v, %v", wait, ok)
	}
	if _, ok := a.Take("alice", there, 0); !ok {
		t.Error("locked out from elsewhere")
	}
	if _, ok := a.Take("alice", here, slo.Instant(time.Minute.Milliseconds())); !ok {
		t.Error("no chance came back")
	}
	a.Forgive("alice", here, slo.Instant(time.Minute.Milliseconds()))
	if _, ok := a.Take("alice", here, slo.Instant(time.Minute.Milliseconds())); !ok {
		t.Error("a success did not forgive")
	}

	a = NewAttempts()
	taken := 0
	for i := range 100 {
		if _, ok := a.Take(fmt.Sprint("user", i), here, 0); ok {
			taken++
		}
	}
	if taken != 20 {
		t.Errorf("one address tried %d names, want 20", taken)
	}
	a = NewAttempts()
	taken = 0
	for i := range 200 {
		from := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 0, byte(i)})
		if _, ok := a.Take("alice", from, 0); ok {
			taken++
		}
	}
	if taken != 50 {
		t.Errorf("one name was tried %d times, want 50", taken)
	}
	a = NewAttempts()
	taken = 0
	for i := range 200 { // one network
		from := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(i)})
		if _, ok := a.Take("alice", from, 0); ok {
			taken++
		}
	}
	if taken != 5 {
		t.Errorf("one network tried %d times, want 5", taken)
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	a := NewAttempts()
	for i := range maxBuckets {
		a.put(fmt.Sprint(i), bucket{1, 0}, 0)
	}
	for i := range 3 {
		a.put(fmt.Sprint("more", i), bucket{1, 0}, 0)
	}
	if len(a.buckets) > maxBuckets {
		t.Errorf("%d buckets", len(a.buckets))
	}
	a.put("later", bucket{1, 0}, slo.Instant(time.Hour.Milliseconds()))
	if len(a.buckets) != 1 {
		t.Errorf("%d buckets after they filled up", len(a.buckets))
	}
}

func TestRequireSecure(t *testing.T) {
	for _, c := range []struct {
		listen           string
		tls, credentials bool
		ok               bool
	}{
		{"127.0.0.1:8420", false, false, true},
		{"127.9.9.9:8420", false, false, true},
		{"[::1]:8420", false, false, true},
		{"[::ffff:127.0.0.1]:1", false, false, true},
		{"localhost:8420", false, false, true},
		{":8420", false, false, false},
		{"0.0.0.0:8420", true, false, false},
		{"0.0.0.0:8420", false, true, false},
		{"0.0.0.0:8420", true, true, true},
		{"[::]:8420", false, false, false},
		{"localhost.example:8420", false, false, false},
		{"127.0.0.1.example:8420", false, false, false},
		{"8420", true, true, false},
	} {
		if err := RequireSecure(c.listen, c.tls, c.credentials, "users or tokens"); (err == nil) != c.ok {
			t.Errorf("RequireSecure(%q, %v, %v) = %v", c.listen, c.tls, c.credentials, err)
		}
	}
}

func TestCheckHost(t *testing.T) {
	for host, ok := range map[string]bool{
		"127.0.0.1:8420": true, "localhost": true, "LOCALHOST:1": true, "[::1]:8420": true, "[::1]": true,
		"": false, "evil.example": false, "evil.example:8420": false, "127.0.0.1.evil.example": false,
		"localhost.evil.example:8420": false, "0.0.0.0:8420": false, "192.0.2.1": false,
	} {
		if err := CheckHost(host); (err == nil) != ok {
			t.Errorf("CheckHost(%q) = %v", host, err)
		}
	}
}

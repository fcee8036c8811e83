package fleet

import (
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// Bounds of how long an invitation is good for.
const (
	InvitationLife    = time.Hour // where nobody says
	MaxInvitationLife = 30 * 24 * time.Hour
)

// Invited is an invitation as it was given.
type Invited struct {
	Digest   [32]byte // of its secret
	Agent    string   // "" where any agent may use it that has no certificate
	Location string
	Expires  slo.Instant
	Used     slo.Instant // 0 while it is not
	UsedBy   string
	Key      [32]byte // digest of the public key that used it
}

// Asked is who asks to be enrolled, by which secret and for which key.
type Asked struct {
	push.Identity
	Secret [32]byte // its digest
	Key    [32]byte
	At     slo.Instant
}

// Admit decides whether an invitation enrols who asks; nil is yes. enrolled
// says that the agent has a certificate that is good. An invitation is used
// once; the same key may ask again, since the answer may have been lost.
func (i Invited) Admit(a Asked, enrolled bool) error {
	switch {
	case subtle.ConstantTimeCompare(i.Digest[:], a.Secret[:]) != 1:
		return push.EnrollRefused("there is no such invitation")
	case a.At >= i.Expires:
		return push.EnrollRefused("the invitation has expired; ask for another")
	case i.Location != a.Location:
		return push.EnrollRefused(fmt.Sprintf("the invitation is for location %s, not for %s", i.Location, a.Location))
	case i.Agent != "" && i.Agent != a.Agent:
		return push.EnrollRefused(fmt.Sprintf("the invitation is for agent %s, not for %s", i.Agent, a.Agent))
	case i.Used != 0 && (i.UsedBy != a.Agent || i.Key != a.Key):
		return push.EnrollRefused("the invitation has been used; ask for another")
	case i.Used == 0 && enrolled && i.Agent == "":
		return push.EnrollRefused(fmt.Sprintf("an agent %s is enrolled already: choose another name, or ask for an invitation that names it", a.Agent))
	}
	return nil
}

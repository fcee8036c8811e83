// Package auth knows who may do what on the collector's pages and API: users
// with bcrypt passwords, bearer tokens, sessions, tokens against cross-site
// forgery, and the limits on guessing. It holds no clock and reads no request;
// collector/web does.
package auth

import "fmt"

// Role is what somebody may do; each includes the ones before it.
type Role uint8

// The roles. Nobody is the zero value: what is not signed in.
const (
	Nobody   Role = iota
	Viewer        // reads everything
	Operator      // acknowledges and comments incidents, reloads the catalogue, asks for exclusions
	Approver      // decides on what others asked for
	Admin         // everything
)

var roleNames = [...]string{Nobody: "nobody", Viewer: "viewer", Operator: "operator", Approver: "approver", Admin: "admin"}

// String is the role's name in files, the API and the audit.
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return fmt.Sprintf("role(%d)", uint8(r))
}

// ParseRole reads viewer, operator, approver or admin. Nobody cannot be given
// to anybody.
func ParseRole(s string) (Role, error) {
	for i, n := range roleNames {
		if n == s && Role(i) != Nobody {
			return Role(i), nil
		}
	}
	return Nobody, fmt.Errorf("%q is not one of viewer, operator, approver, admin", s)
}

// Means is how somebody proved who they are.
type Means string

// The means.
const (
	ByNothing Means = ""
	BySession Means = "session"
	ByToken   Means = "token"
	ByHost    Means = "local" // being on the machine itself, where there are no users
	// ByCertificate is an agent's, of the collector's own authority.
	ByCertificate Means = "certificate"
)

// Actor is who asks. The zero Actor is nobody.
type Actor struct {
	Name string
	Role Role
	By   Means
}

// Local is everybody on a collector without users, which listens on loopback
// only.
func Local() Actor { return Actor{Name: "local", Role: Operator, By: ByHost} }

// May reports whether the actor has at least the role.
func (a Actor) May(r Role) bool { return a.Role >= r }

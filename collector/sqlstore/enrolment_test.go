package sqlstore

import (
	"errors"
	"testing"
)

// An invitation's use and the certificate that it gives are kept together, or
// neither is.
func TestEnrolment(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		i := Invitation{ID: "i1", Digest: []byte{1}, Location: "eu", Created: at(0), CreatedBy: "ada", Expires: at(60)}
		must(t, s.AddInvitation(ctx, i, at(-1)))
		first := Certificate{Serial: "ff", Agent: "eu-1", Location: "eu", Issued: at(1), Expires: at(100)}
		broken := errors.New("refused")
		if err := s.Enroll(ctx, "i1", "eu-1", func(Invitation, []Certificate) (Certificate, Invitation, error) { return first, i, broken }); !errors.Is(err, broken) {
			t.Errorf("a refusal: %v", err)
		}
		must(t, s.Enroll(ctx, "i1", "eu-1", func(got Invitation, known []Certificate) (Certificate, Invitation, error) {
			want := i
			want.Key = []byte{}
			same(t, want, got)
			if len(known) != 0 {
				t.Errorf("known %+v", known)
			}
			got.Used, got.UsedBy, got.Key = at(1), "eu-1", []byte{7}
			return first, got, nil
		}))
		s = reopen()
		must(t, s.Enroll(ctx, "i1", "eu-1", func(got Invitation, known []Certificate) (Certificate, Invitation, error) {
			if got.Used != at(1) || got.UsedBy != "eu-1" || got.Key[0] != 7 {
				t.Errorf("used %+v", got)
			}
			same(t, []Certificate{first}, known)
			return Certificate{Serial: "fe", Agent: "eu-1", Location: "eu", Issued: at(2), Expires: at(200)}, got, nil
		}))
		if err := s.Enroll(ctx, "i2", "eu-1", nil); !errors.Is(err, ErrNotFound) {
			t.Errorf("an invitation that is not there: %v", err)
		}
		// What ended long ago goes.
		must(t, s.AddCertificate(ctx, Certificate{Serial: "fd", Agent: "ap-1", Location: "ap", Issued: at(3), Expires: at(300)}, at(150)))
		got, err := s.Certificates(ctx)
		must(t, err)
		if len(got) != 2 || got[0].Serial != "fd" || got[1].Serial != "fe" {
			t.Errorf("certificates %+v", got)
		}
		must(t, s.AddInvitation(ctx, Invitation{ID: "i3", Digest: []byte{1}, Location: "eu", Created: at(90), Expires: at(160)}, at(61)))
		if err := s.Enroll(ctx, "i1", "eu-1", nil); !errors.Is(err, ErrNotFound) {
			t.Errorf("an invitation that ended: %v", err)
		}
		must(t, s.Revoke(ctx, Revocation{Agent: "eu-1", At: at(5), Actor: "ada"}))
		must(t, s.Revoke(ctx, Revocation{Agent: "eu-1", At: at(6), Actor: "wei"}))
		revoked, err := s.Revocations(ctx)
		must(t, err)
		same(t, []Revocation{{Agent: "eu-1", At: at(6), Actor: "wei"}}, revoked)
	})
}

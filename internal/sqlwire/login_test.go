package sqlwire

import "testing"

// TestSCRAM is the example of RFC 7677, section 3.
func TestSCRAM(t *testing.T) {
	s := (&scram{password: "pencil"}).with("user", "rOprNGfwEbeRWgbNEkqO")
	if got := string(s.first()); got != "n,,n=user,r=rOprNGfwEbeRWgbNEkqO" {
		t.Errorf("the first message is %s", got)
	}
	got, err := s.final([]byte("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"))
	if want := "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="; err != nil || string(got) != want {
		t.Errorf("the final message is %s, %v", got, err)
	}
	if err := s.proved([]byte("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")); err != nil {
		t.Error(err)
	}
	if err := s.proved([]byte("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")); err == nil {
		t.Error("a false proof was taken")
	}
}

// TestMD5Proof is what libpq sends for the same.
func TestMD5Proof(t *testing.T) {
	// md5(md5("secretassay") in hexadecimal, then the salt), by md5sum.
	if got := md5Proof("assay", "secret", [4]byte{'s', 'a', 'l', 't'}); got != "md5d635751101caf3b3e3171aef1abbaa76" {
		t.Errorf("got %s", got)
	}
}

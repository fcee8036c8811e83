package collector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/internal/settings"
)

// OAuth2Config says where the access tokens come from that sign in at the mail
// server (RFC 6749): in exchange for a refresh token that somebody allowed once,
// or for the client's own credentials where there is none.
type OAuth2Config struct {
	TokenURL         string
	ClientID         string
	ClientSecretFile string
	RefreshTokenFile string
	Scopes           []string
}

// tokenTimeout bounds a request for an access token.
const tokenTimeout = 30 * time.Second

func (m *MailConfig) fields() settings.Fields {
	return settings.Fields{
		"host":         settings.Text(&m.Host),
		"port":         settings.Count(&m.Port),
		"tls":          settings.Text(&m.TLS),
		"ca":           settings.Path(&m.CA),
		"username":     settings.Text(&m.Username),
		"passwordFile": settings.Path(&m.PasswordFile),
		"oauth2": settings.Block(settings.Fields{
			"tokenURL":         settings.Text(&m.OAuth2.TokenURL),
			"clientID":         settings.Text(&m.OAuth2.ClientID),
			"clientSecretFile": settings.Path(&m.OAuth2.ClientSecretFile),
			"refreshTokenFile": settings.Path(&m.OAuth2.RefreshTokenFile),
			"scopes":           settings.Texts(&m.OAuth2.Scopes),
		}),
		"from": settings.Text(&m.From),
	}
}

// mailer is the mailer that the configuration asks for, nil where it names no
// server. keep is told of the bytes of each mail before they leave.
func (m MailConfig) mailer(keep func(ctx context.Context, id string, raw []byte) ([]byte, error)) (*notify.Mailer, error) {
	if m.Host == "" {
		return nil, nil
	}
	cfg := notify.MailConfig{Host: m.Host, Port: m.Port, TLS: m.TLS, Username: m.Username, Keep: keep}
	if m.PasswordFile != "" {
		password, err := readSecret(m.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("reading the mail password: %w", err)
		}
		cfg.Password = notify.Secret(password)
	}
	if m.OAuth2.TokenURL != "" {
		var err error
		if cfg.AccessToken, err = m.OAuth2.source(); err != nil {
			return nil, err
		}
	}
	if m.CA != "" {
		pool, err := loadPool(m.CA)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = pool
	}
	return notify.NewMailer(cfg)
}

// check refuses what gives no access token. One of no fields is none.
func (o *OAuth2Config) check(wrong func(field, format string, args ...any)) {
	if o.TokenURL == "" && o.ClientID == "" && o.ClientSecretFile == "" && o.RefreshTokenFile == "" && len(o.Scopes) == 0 {
		return
	}
	u, err := url.Parse(o.TokenURL)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		wrong("mail.oauth2.tokenURL", "is not an https URL such as https://oauth2.googleapis.com/token")
	case u.Scheme != "https" && !(u.Scheme == "http" && auth.LoopbackHost(u.Hostname())):
		wrong("mail.oauth2.tokenURL", "is not https: secrets go there")
	}
	if o.ClientID == "" {
		wrong("mail.oauth2", "clientID is missing")
	}
	if o.ClientSecretFile == "" && o.RefreshTokenFile == "" {
		wrong("mail.oauth2", "clientSecretFile or refreshTokenFile is missing")
	}
}

// source gives the access token that is good now. It is kept until it ends, and
// so is a refresh token that comes with it; the files are read once.
func (o *OAuth2Config) source() (func(context.Context) (notify.Secret, error), error) {
	secrets := map[string]string{}
	for what, file := range map[string]string{"client's": o.ClientSecretFile, "refresh": o.RefreshTokenFile} {
		if file == "" {
			continue
		}
		value, err := readSecret(file)
		if err != nil {
			return nil, fmt.Errorf("reading the %s secret of mail.oauth2: %w", what, err)
		}
		secrets[what] = value
	}
	client := &http.Client{Timeout: tokenTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, client)
	var tokens oauth2.TokenSource
	if o.RefreshTokenFile != "" {
		cfg := oauth2.Config{ClientID: o.ClientID, ClientSecret: secrets["client's"], Endpoint: oauth2.Endpoint{TokenURL: o.TokenURL}, Scopes: o.Scopes}
		tokens = cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: secrets["refresh"]})
	} else {
		cfg := clientcredentials.Config{ClientID: o.ClientID, ClientSecret: secrets["client's"], TokenURL: o.TokenURL, Scopes: o.Scopes}
		tokens = cfg.TokenSource(ctx)
	}
	return func(context.Context) (notify.Secret, error) { // bounded by the client's timeout
		t, err := tokens.Token()
		if err != nil {
			return "", withoutBody(err)
		}
		return notify.Secret(t.AccessToken), nil
	}, nil
}

// withoutBody is the error of a token request without what the server answered,
// which may repeat a secret: its status and OAuth's name of the error remain.
func withoutBody(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := 0
		if refused.Response != nil {
			status = refused.Response.StatusCode
		}
		return fmt.Errorf("the token endpoint answered with status %d %s", status, refused.ErrorCode)
	}
	return err
}

// readSecret reads a file that holds a secret, less the line's end.
func readSecret(file string) (string, error) {
	b, err := settings.ReadBounded(file, maxSecretFile)
	return strings.TrimRight(string(b), "\r\n"), err
}

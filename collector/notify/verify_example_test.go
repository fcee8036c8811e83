package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// verify is what docs/formats/webhook.md shows to receivers; a test holds the
// two together.

// verify reports what is wrong with a delivery: secret is as in the
// collector's secretFile, the next three are the headers, now is the present.
func verify(secret, id, timestamp, signatures string, body []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return errors.New("too old, or from a clock that is off: perhaps a copy")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, got := range strings.Fields(signatures) {
		if hmac.Equal([]byte(got), []byte(want)) {
			return nil
		}
	}
	return errors.New("no signature fits")
}

// The test vector of Standard Webhooks.
func Example_verify() {
	const (
		secret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		id        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
		timestamp = "1614265330"
		signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
		body      = `{"test": 2432232314}`
	)
	now := time.Unix(1614265330, 0)
	fmt.Println(verify(secret, id, timestamp, signature, []byte(body), now))
	fmt.Println(verify(secret, id, timestamp, signature, []byte(body+" "), now))
	fmt.Println(verify(secret, id, timestamp, signature, []byte(body), now.Add(time.Hour)))
	// Output:
	// <nil>
	// no signature fits
	// too old, or from a clock that is off: perhaps a copy
}

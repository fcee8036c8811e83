package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
)

// bouncesPath takes mails that came back, as a mail server pipes them.
const bouncesPath = "/api/v1/bounces"

// takeBounce takes one delivery report of a mail that was sent from here.
func (c *Collector) takeBounce(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answerError(w, http.StatusMethodNotAllowed, "method_not_allowed", "this address takes POST")
		return
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, notify.MaxBounce))
	if err != nil {
		answerError(w, http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("a delivery report has at most %d bytes", notify.MaxBounce))
		return
	}
	list, err := notify.ParseBounce(b)
	if err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	switch err := c.addBounces(context.WithoutCancel(r.Context()), list); {
	case errors.Is(err, sqlstore.ErrNotFound):
		answerError(w, http.StatusNotFound, "not_found", "it is about no mail that was sent from here")
	case err != nil:
		c.answerFailure(w, "taking a mail that came back", err)
	default:
		c.alerts.soon()
		answer(w, map[string]any{"mail": list[0].Of, "recipients": len(list)})
	}
}

func (c *Collector) addBounces(ctx context.Context, list []notify.Bounce) error {
	var rows []sqlstore.Bounce
	for _, b := range list {
		rows = append(rows, sqlstore.Bounce{At: c.now(), Mail: b.Of, Recipient: b.To, Action: b.Action, Status: b.Status, Diagnostic: b.Diagnostic})
	}
	return c.store.AddBounces(ctx, rows)
}

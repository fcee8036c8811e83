package web

import (
	"fmt"
	"net/http"

	"github.com/assay-sla/assay/collector/web/auth"
)

func (s *site) healthy(v *visit) error {
	fmt.Fprintln(plain(v.w, http.StatusOK), "healthy")
	return nil
}

// ready answers 503 until the figures are complete.
func (s *site) ready(v *visit) error {
	if why := s.Collector.Status().NotReady; why != "" {
		if v.actor.Role == auth.Nobody {
			why = "not ready" // what is loaded is no stranger's business
		}
		fmt.Fprintln(plain(v.w, http.StatusServiceUnavailable), why)
		return nil
	}
	fmt.Fprintln(plain(v.w, http.StatusOK), "ready")
	return nil
}

func plain(w http.ResponseWriter, status int) http.ResponseWriter {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	return w
}

// reload takes the files anew and answers with what is in force after.
func (s *site) reload(v *visit) error {
	err := s.write(v, func() error {
		if err := s.Collector.Reload(v.r.Context(), v.actor.Name); err != nil {
			return refuse(http.StatusUnprocessableEntity, "reload_refused", err.Error())
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.statusAPI(v)
}

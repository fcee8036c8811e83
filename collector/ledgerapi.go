package collector

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
)

// Paths of the ledger.
const (
	ledgerPath      = "/api/v1/ledger/"
	checkpointPath  = ledgerPath + "checkpoint"
	entriesPath     = ledgerPath + "entries"
	entryProofPath  = ledgerPath + "proof"
	growthProofPath = ledgerPath + "consistency"
	windowsPath     = ledgerPath + "windows"
)

// maxAnswer bounds the records of one answer, in bytes: the first is always
// there.
const maxAnswer = 16 << 20

// ledgerPages serves the ledger to whoever wants to be its witness.
func (c *Collector) ledgerPages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+checkpointPath, c.showCheckpoint)
	mux.HandleFunc("GET "+entriesPath, c.showEntries)
	mux.HandleFunc("GET "+entryProofPath, c.proveEntry)
	mux.HandleFunc("GET "+growthProofPath, c.proveGrowth)
	mux.HandleFunc("GET "+windowsPath, c.showWindows)
	mux.HandleFunc("GET "+ledgerPath, func(w http.ResponseWriter, _ *http.Request) {
		answerError(w, http.StatusNotFound, "not_found", "the ledger has checkpoint, entries, proof, consistency and windows")
	})
	return mux
}

// checkpointJSON is a checkpoint as tools read it.
type checkpointJSON struct {
	Size  int64  `json:"size"`
	Root  string `json:"root"` // hexadecimal
	Epoch int64  `json:"epoch"`
	At    string `json:"at"`
	Key   string `json:"verifier_key"`
	Note  string `json:"note"`
}

func (c *Collector) showCheckpoint(w http.ResponseWriter, r *http.Request) {
	cp, note, err := c.ledger.Checkpoint(r.Context())
	if err != nil {
		c.answerFailure(w, "reading the ledger", err)
		return
	}
	switch r.URL.Query().Get("format") {
	case "", "json":
		answer(w, checkpointJSON{cp.Size, cp.Hash(), cp.Epoch, cp.At.String(), c.ledger.Key(), string(note)})
	case "note":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(note) // nobody is left to tell
	default:
		answerError(w, http.StatusBadRequest, "bad_request", "format is not json or note")
	}
}

func (c *Collector) showEntries(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	n, err := numbers(q, "from", "limit")
	limit := int64(trailDefault)
	if n["limit"] != nil {
		limit = *n["limit"]
	}
	if err != nil || limit < 1 || limit > trailMost {
		answerError(w, http.StatusBadRequest, "bad_request", "the query takes from, an index, and limit, a number from 1 to 1000, each once")
		return
	}
	from := int64(0)
	if n["from"] != nil {
		from = *n["from"]
	}
	rows, err := c.store.LogRows(r.Context(), q.Get("kind"), q.Get("subject"), from, int(limit))
	if err != nil {
		c.answerFailure(w, "reading the ledger", err)
		return
	}
	entries, next, size := []json.RawMessage{}, (*int64)(nil), 0
	for _, row := range rows {
		if size += len(row.Record); len(entries) > 0 && size > maxAnswer {
			break
		}
		entries = append(entries, row.Record)
	}
	if n := len(entries); n > 0 && (n < len(rows) || n == int(limit)) {
		after := rows[n-1].Index + 1
		next = &after
	}
	answer(w, map[string]any{"entries": entries, "next_from": next})
}

func (c *Collector) proveEntry(w http.ResponseWriter, r *http.Request) {
	n, err := numbers(r.URL.Query(), "index", "size")
	if err == nil && n["index"] == nil {
		err = errors.New("index is missing")
	}
	if err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", "the query takes index, of an entry, and size, of a checkpoint, each once: "+err.Error())
		return
	}
	size, ok := c.size(w, r, n["size"])
	if !ok {
		return
	}
	index := *n["index"]
	proof, err := c.ledger.ProveEntry(r.Context(), size, index)
	root, err2 := c.ledger.Root(r.Context(), size)
	row, err3 := c.store.LogRow(r.Context(), index)
	if err := errors.Join(err, err2, err3); err != nil {
		c.answerProofError(w, err)
		return
	}
	answer(w, map[string]any{
		"index": index, "size": size, "root": hex.EncodeToString(root[:]), "proof": hexes(proof), "entry": json.RawMessage(row.Record),
	})
}

func (c *Collector) proveGrowth(w http.ResponseWriter, r *http.Request) {
	n, err := numbers(r.URL.Query(), "older", "size")
	if err == nil && n["older"] == nil {
		err = errors.New("older is missing")
	}
	if err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", "the query takes older and size, of two checkpoints, each once: "+err.Error())
		return
	}
	size, ok := c.size(w, r, n["size"])
	if !ok {
		return
	}
	older := *n["older"]
	proof, err := c.ledger.ProveGrowth(r.Context(), size, older)
	root, err2 := c.ledger.Root(r.Context(), size)
	before, err3 := c.ledger.Root(r.Context(), older)
	if err := errors.Join(err, err2, err3); err != nil {
		c.answerProofError(w, err)
		return
	}
	answer(w, map[string]any{
		"older": older, "older_root": hex.EncodeToString(before[:]), "size": size, "root": hex.EncodeToString(root[:]), "proof": hexes(proof),
	})
}

// hexes writes the hashes of a proof in hexadecimal.
func hexes(proof []tlog.Hash) []string {
	out := make([]string, len(proof))
	for i, h := range proof {
		out[i] = hex.EncodeToString(h[:])
	}
	return out
}

// size is the number of entries that a proof is about: that of the newest
// checkpoint where none is asked for. Where it is not known it has answered.
func (c *Collector) size(w http.ResponseWriter, r *http.Request, asked *int64) (int64, bool) {
	if asked != nil {
		return *asked, true
	}
	cp, _, err := c.ledger.Checkpoint(r.Context())
	if err != nil {
		c.answerFailure(w, "reading the ledger", err)
		return 0, false
	}
	return cp.Size, true
}

func (c *Collector) answerProofError(w http.ResponseWriter, err error) {
	if errors.Is(err, ledger.ErrRange) || errors.Is(err, sqlstore.ErrNotFound) {
		answerError(w, http.StatusNotFound, "not_found", ledger.ErrRange.Error())
		return
	}
	c.answerFailure(w, "proving from the ledger", err)
}

// numbers reads parameters that are numbers from 0, each at most once.
func numbers(q url.Values, names ...string) (map[string]*int64, error) {
	out := map[string]*int64{}
	for _, name := range names {
		values := q[name]
		if len(values) == 0 {
			continue
		}
		n, err := strconv.ParseInt(values[0], 10, 64)
		if err != nil || n < 0 || len(values) > 1 {
			return nil, fmt.Errorf("%s is not one number", name)
		}
		out[name] = &n
	}
	return out, nil
}

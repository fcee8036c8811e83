package ledger

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/assay-sla/assay/slo"
)

// Register is what the entry's actor did to an item of a register. What people
// wrote stays in its row.
type Register struct {
	Register string          `json:"register"` // its name
	Item     string          `json:"item"`     // its ID
	Act      slo.RegisterAct `json:"act"`
	N        int             `json:"n"`   // of the event, from 1
	Row      string          `json:"row"` // SHA-256 of the event: see RegisterLine
}

// RegisterOf is the body of the entry of an item's newest event.
func RegisterOf(i *slo.RegisterItem) *Register {
	n := len(i.Events)
	return &Register{i.Register, i.ID, i.Events[n-1].Act, n, RegisterLine(i, n).Digest()}
}

// Kind is register.
func (*Register) Kind() Kind { return KindRegister }

// Subject is the register and the item, as risks/risk-1.
func (b *Register) Subject() string { return b.Register + "/" + b.Item }

func (b *Register) check() error {
	if b.Register == "" || b.Item == "" || b.Act == "" || b.N < 1 {
		return fmt.Errorf("nothing was done to no item of a register")
	}
	return checkRow(b.Row)
}

// RegisterLine is the event n of an item, counted from 1.
func RegisterLine(i *slo.RegisterItem, n int) Line {
	e := i.Events[n-1]
	e.Entry = 0
	event, err := json.Marshal(e)
	if err != nil { // it is texts
		return nil
	}
	return Line{"register", i.Register, i.ID, strconv.Itoa(n), string(event)}
}

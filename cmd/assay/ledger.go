package main

import (
	"context"
	"fmt"
	"time"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/slo"
)

// ledgerCommand is what is done to a ledger by hand.
type ledgerCommand struct {
	Key   ledgerKeyCommand   `cmd:"" help:"Print the verifier key, which others keep to check signatures with."`
	Epoch ledgerEpochCommand `cmd:"" help:"Begin a new epoch, after putting back a backup of the whole data folder."`
}

type ledgerKeyCommand struct {
	Data string `required:"" help:"Data folder of a collector." placeholder:"DIR"`
}

// Run prints the key.
func (c ledgerKeyCommand) Run() error {
	key, err := ledger.VerifierKey(c.Data)
	if err != nil {
		return err
	}
	fmt.Println(key)
	return nil
}

type ledgerEpochCommand struct {
	Data string `required:"" help:"Data folder of a collector that does not run." placeholder:"DIR"`
}

// Help is the longer text of assay ledger epoch --help.
func (ledgerEpochCommand) Help() string {
	return `A start notices by itself where the records are older than the checkpoint beside
them, and goes on in a new epoch. Where both were put back from one backup
nothing tells of what was issued since: say so with this command before the
start. The entry that it appends is in the ledger for good.

Example:
  assay ledger epoch --data /var/lib/assay`
}

// Run begins an epoch.
func (c ledgerEpochCommand) Run(ctx context.Context) error {
	opened, err := collector.BeginEpoch(ctx, c.Data, slo.At(time.Now()))
	if err != nil {
		return err
	}
	fmt.Printf("epoch %d begins with entry %d (%s)\n", opened.Epoch, opened.Size-1, opened.Began)
	return nil
}

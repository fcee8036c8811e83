package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

type channelsCommand struct {
	List channelsList `cmd:"" help:"List the channels, what waits for each and what was given up."`
	Test channelsTest `cmd:"" help:"Send a channel an event that says so, and print the receiver's answer."`
}

type channelsList struct {
	collectorAPI
}

// Run lists the channels.
func (c channelsList) Run(ctx context.Context) error {
	var got struct {
		Channels []struct {
			Name      string     `json:"name"`
			Kind      string     `json:"kind"`
			Events    []string   `json:"events"`
			Waiting   int        `json:"waiting"`
			Oldest    *time.Time `json:"oldest_waiting_at"`
			GivenUp   int        `json:"given_up"`
			LastError string     `json:"last_error"`
		} `json:"channels"`
	}
	if err := c.do(ctx, http.MethodGet, "/api/v1/channels", nil, &got); err != nil {
		return fmt.Errorf("listing the channels: %w", err)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tKIND\tWAITING\tSINCE\tGIVEN UP\tEVENTS\tLAST ERROR")
	for _, ch := range got.Channels {
		since := "-"
		if ch.Oldest != nil {
			since = ch.Oldest.Local().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%s\t%s\n", ch.Name, ch.Kind, ch.Waiting, since, ch.GivenUp, strings.Join(ch.Events, " "), cmp.Or(ch.LastError, "-"))
	}
	return w.Flush()
}

type channelsTest struct {
	Name string `arg:"" help:"Name of the channel."`
	collectorAPI
}

// Help is the longer text of assay channels test --help.
func (channelsTest) Help() string {
	return `The event is of type channel.test and goes out at once, past the outbox. At
PagerDuty it opens an alert of severity info, which somebody has to resolve
there.

Example:
  assay channels test on-call --collector https://assay.example.org --token-file token

Exit codes: 0 the receiver took it; 1 it did not, or the collector cannot be asked.`
}

// Run sends the event.
func (c channelsTest) Run(ctx context.Context) error {
	var got struct {
		Response string `json:"response"`
	}
	if err := c.do(ctx, http.MethodPost, "/api/v1/channels/"+url.PathEscape(c.Name)+"/test", nil, &got); err != nil {
		return fmt.Errorf("testing channel %s: %w", c.Name, err)
	}
	fmt.Println("The receiver answered", got.Response)
	return nil
}

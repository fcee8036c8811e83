package inputs

import (
	"context"
	"fmt"
	"sync"
)

// eachServer reads servers at the same time, so that one that hangs or fails
// costs its own numbers alone. read is called once for each, by its place in
// the list, with an accumulator of its own; a panic in it is an error.
func eachServer(ctx context.Context, servers []string, acc *accumulator, read func(ctx context.Context, i int, acc *accumulator) error) {
	parts := make([]accumulator, len(servers))
	var wg sync.WaitGroup
	for i, server := range servers {
		wg.Go(func() {
			own := &parts[i]
			own.server = server
			defer func() {
				if v := recover(); v != nil {
					own.AddError(fmt.Errorf("reading it failed with a panic: %v", v))
				}
			}()
			own.AddError(read(ctx, i, own))
		})
	}
	wg.Wait()
	for i := range parts {
		acc.take(&parts[i])
	}
}

package notify_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/notify/outboxtest"
	"github.com/assay-sla/assay/slo"
)

// memStore is a store in memory. It keeps items as JSON, as a database would.
type memStore struct {
	mu    sync.Mutex
	items map[string][]byte
	log   []string         // states recorded, as "state name"
	fail  map[string]error // what Record answers for a state, once
}

func newMemStore() *memStore {
	return &memStore{items: map[string][]byte{}, fail: map[string]error{}}
}

func (s *memStore) put(it notify.Item) {
	b, err := json.Marshal(it)
	if err != nil {
		panic(err)
	}
	s.items[it.Message.ID] = b
}

func (s *memStore) get(id string) (it notify.Item, ok bool) {
	b, ok := s.items[id]
	if ok {
		if err := json.Unmarshal(b, &it); err != nil {
			panic(err)
		}
	}
	return it, ok
}

func (s *memStore) Enqueue(_ context.Context, it notify.Item) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.items[it.Message.ID]; ok {
		return false, nil
	}
	s.put(it)
	return true, nil
}

func (s *memStore) Item(_ context.Context, id string) (notify.Item, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	it, ok := s.get(id)
	return it, ok, nil
}

func (s *memStore) Due(_ context.Context, at slo.Instant, limit int) ([]notify.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []notify.Item
	for id := range s.items {
		it, _ := s.get(id)
		if d := it.Delivery; d.State == notify.Sending || d.State == notify.Pending && d.Next <= at {
			list = append(list, it)
		}
	}
	slices.SortFunc(list, func(a, b notify.Item) int {
		return cmp.Or(
			strings.Compare(string(b.Delivery.State), string(a.Delivery.State)), // sending before pending
			cmp.Compare(a.Delivery.Next, b.Delivery.Next),
			cmp.Compare(a.Enqueued, b.Enqueued),
			strings.Compare(a.Message.ID, b.Message.ID))
	})
	return list[:min(len(list), limit)], nil
}

func (s *memStore) Record(ctx context.Context, id string, d notify.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	it, ok := s.get(id)
	if !ok {
		return fmt.Errorf("there is no message %s", id)
	}
	if err := s.fail[string(d.State)]; err != nil {
		delete(s.fail, string(d.State))
		return err
	}
	it.Delivery = d
	s.put(it)
	s.log = append(s.log, string(d.State))
	return nil
}

func (s *memStore) failOnce(state notify.DeliveryState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail[string(state)] = errors.New("the disk is full")
}

func (s *memStore) states() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.log, " ")
}

func TestMemStore(t *testing.T) {
	outboxtest.TestOutboxStore(t, func(*testing.T) outboxtest.Store { return newMemStore() }, nil)
}

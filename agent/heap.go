package agent

import "container/heap"

// dueHeap orders entries by their next slot. It is used through push, fix and
// remove only.
type dueHeap []*entry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].next < h[j].next }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push and Pop are for package heap.
func (h *dueHeap) Push(x any) {
	e := x.(*entry)
	e.index = len(*h)
	*h = append(*h, e)
}

func (h *dueHeap) Pop() any {
	n := len(*h) - 1
	e := (*h)[n]
	(*h)[n] = nil
	*h = (*h)[:n]
	return e
}

func (h *dueHeap) push(e *entry)   { heap.Push(h, e) }
func (h *dueHeap) fix(e *entry)    { heap.Fix(h, e.index) }
func (h *dueHeap) remove(e *entry) { heap.Remove(h, e.index) }
func (h *dueHeap) init()           { heap.Init(h) }

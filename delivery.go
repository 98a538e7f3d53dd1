package pipewright

import "time"

// DeliveryState is where a delivery stands. The zero value is not a state.
type DeliveryState string

const (
	DeliveryDue     DeliveryState = "due"     // wants to be handled at Due, or is being handled under a lease
	DeliveryDone    DeliveryState = "done"    // handled; Ref says where it is
	DeliveryDropped DeliveryState = "dropped" // will never be handled; Note says why
)

// Delivery is one piece of due work of a surface, kept until it is done: a message
// on its way out, a click on its way in. A queue holds each key once. What is
// pushed again under a known key replaces the old content when its Version is
// higher, and is ignored otherwise, so that saying a thing twice says it once.
type Delivery struct {
	Queue   string        `json:"queue"`
	Key     string        `json:"key"`  // the idempotency key within the queue
	Lane    string        `json:"lane"` // deliveries of one lane are handled one at a time, oldest first; empty: alone
	Version int64         `json:"version"`
	Body    []byte        `json:"body"`
	State   DeliveryState `json:"state"`
	Made    time.Time     `json:"made"` // when the key was first pushed
	Due     time.Time     `json:"due"`
	Tries   int           `json:"tries"`         // leases of this version, the one in hand included
	Ref     string        `json:"ref,omitempty"` // the other side's name for it, set by Done and kept by later versions
	Note    string        `json:"note,omitempty"`
}

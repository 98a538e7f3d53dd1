package pipewright

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
)

// ActionKind is "<system>.<verb>": glue.retry, postgres.remap.
type ActionKind string

// Verb is the part after the dot.
func (k ActionKind) Verb() Verb {
	_, verb, _ := strings.Cut(string(k), ".")
	return Verb(verb)
}

// System is the part before the dot.
func (k ActionKind) System() string {
	system, _, _ := strings.Cut(string(k), ".")
	return system
}

// Action is one change to one resource, before or after it ran.
type Action struct {
	Kind   ActionKind        `json:"kind"`
	Target ResourceID        `json:"target"`
	Args   map[string]string `json:"args,omitempty"`
	Key    string            `json:"key,omitempty"` // idempotency key, set when it is reserved
	Risk   Risk              `json:"risk"`
}

// Hash names the exact action: kind, target and arguments. An approval binds
// to it. Key and Risk are not part of it.
func (a Action) Hash() string {
	// encoding/json writes map keys in sorted order, so the form is canonical.
	b, err := json.Marshal([]any{a.Kind, a.Target, a.Args})
	if err != nil {
		panic("pipewright: action cannot be encoded: " + err.Error()) // strings and a string map always can
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// ActionKey derives the idempotency key of the nth try (from 1) of an action
// within an incident.
func ActionKey(incident string, a Action, try int) string {
	b, _ := json.Marshal([]any{incident, a.Hash(), try})
	sum := sha256.Sum256(b)
	return "pw-" + hex.EncodeToString(sum[:10])
}

// Pressure reports whether the action is a step of back-pressure: a limit that is set,
// moved or taken off.
func (a Action) Pressure() bool { return a.Kind.Verb() == "throttle" || a.Kind.Verb() == "release" }

// SameMacro reports whether two actions of one incident, done one after the other, are
// steps of one: the tries of a back-off, the limits of back-pressure.
func (a Action) SameMacro(b Action) bool {
	if a.Pressure() && b.Pressure() {
		return a.Target == b.Target && a.Kind.System() == b.Kind.System()
	}
	return a.Hash() == b.Hash()
}

// Receipt is the target system's own word that an action ran.
type Receipt struct {
	Key    string            `json:"key"`
	ID     string            `json:"id"` // the system's name for what it did: a run id, a pid, a view name
	At     time.Time         `json:"at"`
	Say    string            `json:"say"`              // one line for people
	Undo   map[string]string `json:"undo,omitempty"`   // what the inverse needs
	Detail map[string]string `json:"detail,omitempty"` // before and after
}

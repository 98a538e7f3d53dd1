// Package archtest holds the house to its plan: which package may import which,
// that every package says what it is for, and a few things that no file may do.
// It reads the source with go/parser and needs neither the go command nor a
// network. Only its own tests call it; there is nothing to import.
package archtest

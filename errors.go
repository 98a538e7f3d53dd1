package pipewright

import (
	"errors"
	"fmt"
)

// ErrorKind says what a caller may do about an error. Callers branch on the
// kind and never on the text.
type ErrorKind string

const (
	Invalid     ErrorKind = "invalid"     // the input is wrong; the same call fails again
	NotFound    ErrorKind = "not_found"   // what was named does not exist
	Conflict    ErrorKind = "conflict"    // somebody else got there first
	Denied      ErrorKind = "denied"      // a guard or a permission said no
	Unavailable ErrorKind = "unavailable" // a system could not be reached; a retry may help
	Internal    ErrorKind = "internal"    // a defect of ours
)

// Error is an error with a kind and one sentence a person can act on.
type Error struct {
	Kind ErrorKind
	err  error
}

func (e *Error) Error() string { return e.err.Error() }
func (e *Error) Unwrap() error { return errors.Unwrap(e.err) }

// Errorf makes an Error whose text is the formatted sentence; %w wraps.
func Errorf(kind ErrorKind, format string, args ...any) error {
	return &Error{Kind: kind, err: fmt.Errorf(format, args...)}
}

// KindOf returns the kind of the outermost Error in err's chain, Internal when
// there is none, and "" for a nil error.
func KindOf(err error) ErrorKind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

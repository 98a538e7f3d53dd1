package sqlstore

import (
	"context"
	"errors"
	"fmt"

	pipewright "github.com/pipewright/pipewright"
)

// Fault gives an error of a database a kind and a sentence. doing is verb and object.
// Errors that have a kind keep it; those of the driver get one from ofDriver.
func Fault(doing string, err error, ofDriver func(doing string, err error) error) error {
	if err == nil {
		return nil
	}
	var ours *pipewright.Error
	if errors.As(err, &ours) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return ofDriver(doing, err)
}

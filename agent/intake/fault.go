package intake

import (
	"errors"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// safe is an error without secrets, of the same kind. A source may put the
// text of a whole request into its errors.
func (in *Intake) safe(f *feed, err error) error {
	kind := pipewright.Unavailable
	var known *pipewright.Error
	if errors.As(err, &known) {
		kind = known.Kind
	}
	text, _ := in.redactor.Text(strings.ToValidUTF8(err.Error(), "\ufffd"))
	text, _ = cut(clean(text), 4096)
	return pipewright.Errorf(kind, "poll %s: %w", f.source.Name(), &redacted{text, err})
}

// redacted hides the text of an error and keeps what errors.Is asks.
type redacted struct {
	text string
	err  error
}

func (r *redacted) Error() string        { return r.text }
func (r *redacted) Is(target error) bool { return errors.Is(r.err, target) }

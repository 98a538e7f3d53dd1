package intake

import (
	"maps"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Redactor takes the secrets out of a text and says how many it found. It must be safe for
// concurrent use.
type Redactor interface {
	Text(string) (string, int)
}

// scrubber takes secrets out of every text of a batch and makes it safe to
// store. Redaction comes first and sees the whole text as the source gave it;
// when cleaning changed the text it is redacted again, so that a control character
// inside a secret hides nothing. Only then is it cut.
//
// Names that tell records apart (ids of runs and records, resource ids) are cleaned and not
// redacted: two of them must not become one.
type scrubber struct {
	redactor Redactor
	note     func(reason string)
}

func (s scrubber) text(t string) string {
	if t == "" {
		return t
	}
	t = s.redact(t)
	if safe := clean(t); safe != t {
		t = s.redact(safe)
	}
	short, shortened := cut(t, maxRecord)
	if shortened {
		s.note(noteCut)
	}
	return short
}

func (s scrubber) redact(t string) string {
	out, n := s.redactor.Text(t)
	for range n {
		s.note(noteRedacted)
	}
	return out
}

// value redacts a value together with its name: "hunter2" is nothing, but
// "password=hunter2" is a secret.
func (s scrubber) value(key, v string) string {
	if v == "" {
		return v
	}
	prefix := key + "="
	if out := s.text(prefix + v); strings.HasPrefix(out, prefix) {
		return out[len(prefix):]
	}
	return s.text(v)
}

func (s scrubber) values(m map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out[clean(k)] = s.value(clean(k), m[k])
	}
	return out
}

func (s scrubber) line(l pipewright.LogLine) pipewright.LogLine {
	l.Text, l.Run, l.UID = s.text(l.Text), clean(l.Run), clean(l.UID)
	return l
}

func (s scrubber) run(r pipewright.Run) pipewright.Run {
	r.ID, r.Error, r.Detail = clean(r.ID), s.text(r.Error), s.values(r.Detail)
	return r
}

func (s scrubber) change(c pipewright.Change) pipewright.Change {
	c.Summary, c.Before, c.After, c.By = s.text(c.Summary), s.text(c.Before), s.text(c.After), s.text(c.By)
	c.ID = clean(c.ID)
	return c
}

func (s scrubber) setting(v pipewright.Setting) pipewright.Setting {
	v.Key = clean(v.Key)
	v.Value, v.By = s.value(v.Key, v.Value), s.text(v.By)
	return v
}

func (s scrubber) schema(t pipewright.Schema) pipewright.Schema {
	t.Columns = slices.Clone(t.Columns)
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Name, c.Type = s.text(c.Name), s.text(c.Type)
		c.Sample = slices.Clone(c.Sample[:min(len(c.Sample), maxSample)])
		for j := range c.Sample {
			c.Sample[j] = clean(c.Sample[j])
		}
	}
	return t
}

// maxSample is the number of value hashes kept for a column.
const maxSample = 64

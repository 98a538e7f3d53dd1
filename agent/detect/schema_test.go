package detect

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// table is a snapshot that many minutes from noon; a column is "name type" and
// maybe " null", and after a "=" its sample of values.
func table(minutes float64, columns ...string) pipewright.Schema {
	s := pipewright.Schema{Resource: job, At: at(minutes)}
	for _, c := range columns {
		spec, sample, _ := strings.Cut(c, "=")
		f := strings.Fields(spec)
		s.Columns = append(s.Columns, pipewright.Column{Name: f[0], Type: f[1], Nullable: len(f) > 2, Sample: strings.Fields(sample)})
	}
	return s
}

func TestDiff(t *testing.T) {
	tests := []struct {
		name          string
		before, after []string
		want          []string
		breaks        bool
	}{
		{"nothing", []string{"id int", "x text"}, []string{"id int", "x text"}, nil, false},
		{"another order", []string{"id int", "x text"}, []string{"x text", "id int"}, nil, false},
		{"other values", []string{"id int=a b c"}, []string{"id int=d e f"}, nil, false},
		{"a column more", []string{"id int"}, []string{"id int", "x text"}, []string{`column "x" added (text)`}, false},
		{"a column less", []string{"id int", "x text"}, []string{"id int"}, []string{`column "x" removed`}, true},
		{"another type", []string{"amount numeric"}, []string{"amount text"}, []string{`column "amount" changed type numeric -> text`}, true},
		{"nullable now", []string{"x text"}, []string{"x text null"}, []string{`column "x" is now nullable`}, false},
		{"renamed", []string{"customer_id int=a b c d"}, []string{"buyer_id int=b c d e"}, []string{`column "customer_id" renamed to "buyer_id"`}, true},
		{"renamed with another type", []string{"c int=a b c d"}, []string{"b text=b c d e"}, []string{`column "c" renamed to "b" and changed type int -> text`}, true},
		{"other values are another column", []string{"c int=a b c d"}, []string{"b int=e f g h"}, []string{`column "c" removed`, `column "b" added (int)`}, true},
		{"no values to compare", []string{"c int"}, []string{"b int"}, []string{`column "c" removed`, `column "b" added (int)`}, true},
		{"two could be meant", []string{"c int=a b c"}, []string{"x int=a b c", "y int=a b c"}, []string{`column "c" removed`, `column "x" added (int)`, `column "y" added (int)`}, true},
		{"two claim the same", []string{"x int=a b c", "y int=a b c"}, []string{"c int=a b c"}, []string{`column "x" removed`, `column "y" removed`, `column "c" added (int)`}, true},
		{"two renames at once", []string{"x int=a b c", "y int=d e f"}, []string{"v int=d e f", "w int=a b c"}, []string{`column "x" renamed to "w"`, `column "y" renamed to "v"`}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			breaks := false
			for _, d := range Diff(table(-600, tt.before...), table(-60, tt.after...)) {
				got = append(got, d.String())
				breaks = breaks || d.Breaking()
			}
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.breaks, breaks)

			f := facts()
			f.Schemas = []pipewright.Schema{table(-600, tt.before...), table(-60, tt.after...)}
			signals := Detect(f)
			if !tt.breaks {
				assert.Empty(t, signals, "what breaks nobody is a change and no symptom")
				return
			}
			require.Len(t, signals, 1)
			assert.Equal(t, pipewright.SchemaDiffSignal, signals[0].Kind)
			assert.Equal(t, at(-60), signals[0].At)
			f.Now = f.Now.Add(25 * time.Hour)
			assert.Empty(t, Detect(f), "a day later it is how things are")
		})
	}
}

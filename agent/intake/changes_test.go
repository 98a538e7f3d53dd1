package intake_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func setting(minutes float64, key, value string) pipewright.Setting {
	return pipewright.Setting{Resource: job, At: at(minutes), Key: key, Value: value, Kind: pipewright.ChangeConfig}
}

// schema is a snapshot; a column is "name type" and after "=" its values.
func schema(minutes float64, columns ...string) pipewright.Batch {
	s := pipewright.Schema{Resource: table, At: at(minutes)}
	for _, c := range columns {
		spec, sample, _ := strings.Cut(c, "=")
		name, typ, _ := strings.Cut(spec, " ")
		s.Columns = append(s.Columns, pipewright.Column{Name: name, Type: typ, Sample: strings.Fields(sample)})
	}
	return pipewright.Batch{Schemas: []pipewright.Schema{s}}
}

func settings(s ...pipewright.Setting) pipewright.Batch { return pipewright.Batch{Settings: s} }

func dump(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func TestChanges(t *testing.T) {
	image := setting(-1, "image", "fraud:1.8.2")
	image.Kind, image.By = pipewright.ChangeVersion, "deploy"
	older := image
	older.At, older.Value = at(-9), "fraud:1.8.1"
	tests := []struct {
		name  string
		polls []pipewright.Batch
		want  []string // summaries
	}{
		{"the first look is no change", []pipewright.Batch{schema(-9, "id int"), settings(setting(-9, "memory_mb", "4096"))}, nil},
		{"nothing changed", []pipewright.Batch{schema(-9, "id int"), schema(-1, "id int"), settings(setting(-9, "a", "1")), settings(setting(-1, "a", "1"))}, nil},
		{"a renamed column", []pipewright.Batch{schema(-9, "customer_id int=a b c d"), schema(-1, "buyer_id int=a b c d")}, []string{`column "customer_id" renamed to "buyer_id"`}},
		{"renamed, by the newest values", []pipewright.Batch{schema(-9, "customer_id int=a b c d"), schema(-5, "customer_id int=e f g h"), schema(-1, "buyer_id int=e f g h")}, []string{`column "customer_id" renamed to "buyer_id"`}},
		{"another type", []pipewright.Batch{schema(-9, "amount numeric"), schema(-1, "amount text")}, []string{`column "amount" changed type numeric -> text`}},
		{"one more and one less", []pipewright.Batch{schema(-9, "a int", "b int"), schema(-1, "a int", "c text")}, []string{`column "b" removed`, `column "c" added (text)`}},
		{"there and back", []pipewright.Batch{schema(-9, "a int"), schema(-5, "a text"), schema(-1, "a int")}, []string{`column "a" changed type int -> text`, `column "a" changed type text -> int`}},
		{"a late snapshot", []pipewright.Batch{schema(-1, "a int"), schema(-9, "a text")}, nil},
		{"a setting", []pipewright.Batch{settings(setting(-9, "memory_mb", "4096")), settings(setting(-1, "memory_mb", "8192"))}, []string{"memory_mb 4096 -> 8192"}},
		{"a version", []pipewright.Batch{settings(older), settings(image)}, []string{"image fraud:1.8.1 -> fraud:1.8.2"}},
		{"two in one batch", []pipewright.Batch{settings(setting(-9, "a", "1"), setting(-5, "a", "2"), setting(-1, "a", "3"))}, []string{"a 1 -> 2", "a 2 -> 3"}},
		{"in one batch, newest first", []pipewright.Batch{settings(setting(-1, "a", "2"), setting(-9, "a", "1"))}, []string{"a 1 -> 2"}},
		{"a late setting", []pipewright.Batch{settings(setting(-1, "a", "2")), settings(setting(-9, "a", "1"))}, nil},
		{"seen again", []pipewright.Batch{schema(-9, "a int"), schema(-1, "a text"), schema(-1, "a text")}, []string{`column "a" changed type int -> text`}},
	}
	for _, restart := range []bool{false, true} {
		for _, tt := range tests {
			name := tt.name
			if restart {
				name += ", with a restart between"
			}
			t.Run(name, func(t *testing.T) {
				s := openStore(t)
				in := newIntake(t, s, source("a", tt.polls...))
				for range tt.polls {
					if restart {
						in = newIntake(t, s, source("a", tt.polls...))
					}
					_, err := in.Poll(t.Context(), noon)
					require.NoError(t, err)
				}
				found, err := s.Changes(t.Context(), pipewright.ChangeQuery{})
				require.NoError(t, err)
				var got []string
				for _, c := range found {
					got = append(got, c.Summary)
				}
				assert.Equal(t, tt.want, got)
			})
		}
	}
}

func TestAChangeSaysBeforeAndAfter(t *testing.T) {
	s := openStore(t)
	now := setting(-1, "memory_mb", "8192")
	now.By = "dana"
	in := newIntake(t, s, source("a", settings(setting(-9, "memory_mb", "4096")), settings(now)), source("b", schema(-9, "amount numeric"), schema(-1, "amount text")))
	var got []pipewright.Change
	for range 2 {
		b, err := in.Poll(t.Context(), noon)
		require.NoError(t, err)
		got = append(got, b.Changes...)
	}
	require.Len(t, got, 2)
	assert.NotEqual(t, got[0].ID, got[1].ID)
	got[0].ID, got[1].ID = "", ""
	assert.Equal(t, []pipewright.Change{
		{Resource: job, At: at(-1), Kind: pipewright.ChangeConfig, Summary: "memory_mb 4096 -> 8192", Before: "memory_mb=4096", After: "memory_mb=8192", By: "dana"},
		{Resource: table, At: at(-1), Kind: pipewright.ChangeSchema, Summary: `column "amount" changed type numeric -> text`, Before: "amount numeric", After: "amount text"},
	}, got)
}

// Two looks at one change by two sources are one change.
func TestTheSameChangeHasOneID(t *testing.T) {
	ids := map[string]bool{}
	for range 2 {
		in := newIntake(t, openStore(t), source("a", settings(setting(-9, "a", "1"), setting(-1, "a", "2"))))
		b, err := in.Poll(t.Context(), noon)
		require.NoError(t, err)
		ids[b.Changes[0].ID] = true
	}
	assert.Len(t, ids, 1)
}

package tools

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
)

func column(name, typ, values string, n int) pipewright.Column {
	c := pipewright.Column{Name: name, Type: typ}
	for i := range n {
		c.Sample = append(c.Sample, fmt.Sprintf("%s%d", values, i))
	}
	return c
}

func table(columns ...pipewright.Column) pipewright.Schema {
	return pipewright.Schema{Resource: "postgres:table/shop.orders", Columns: columns}
}

func TestDeriveRemap(t *testing.T) {
	id := column("order_id", "integer", "o", 20)
	customer := column("customer_id", "integer", "c", 20)
	before := table(id, customer)
	tests := []struct {
		name      string
		before    pipewright.Schema
		after     pipewright.Schema
		mapping   string
		ambiguous string
		kind      pipewright.ErrorKind
	}{
		{name: "a pure rename", before: before, after: table(id, column("buyer_id", "integer", "c", 20)),
			mapping: "order_id, customer_id=buyer_id"},
		{name: "a rename beside an unrelated new column", before: before,
			after:   table(id, column("coupon", "integer", "x", 20), column("buyer_id", "integer", "c", 20)),
			mapping: "order_id, customer_id=buyer_id"},
		{name: "a rename that changed the type too", before: before, after: table(id, column("buyer_id", "bigint", "c", 20)),
			mapping: "order_id, customer_id=buyer_id::integer"},
		{name: "two columns hold the values", before: before,
			after:   table(id, column("payer_id", "integer", "c", 12), column("buyer_id", "integer", "c", 20)),
			mapping: "order_id, customer_id=payer_id", ambiguous: `"customer_id" could be "payer_id" or "buyer_id"`},
		{name: "half of the values moved on", before: before, after: table(id, pipewright.Column{Name: "buyer_id", Type: "integer",
			Sample: append(column("", "", "c", 6).Sample, column("", "", "n", 14).Sample...)}),
			mapping: "order_id, customer_id=buyer_id", ambiguous: `share only 30 %`},
		{name: "no samples to compare", before: before, after: table(id, pipewright.Column{Name: "buyer_id", Type: "integer"}),
			mapping: "order_id, customer_id=buyer_id", ambiguous: "too few values"},
		{name: "two lost columns fit one new one", before: table(column("a", "text", "v", 9), column("b", "text", "v", 9)),
			after: table(column("z", "text", "v", 9)), mapping: "a=z, b=z", ambiguous: `"a" and "b" both fit "z"`},
		{name: "a type that changed", before: before, after: table(id, column("customer_id", "text", "c", 20)),
			mapping: "order_id, customer_id=customer_id::integer"},
		{name: "a type that changed with other values", before: before, after: table(id, column("customer_id", "text", "uuid", 20)),
			mapping: "order_id, customer_id=customer_id::integer", ambiguous: "its values differ too"},
		{name: "two columns swapped by name keep their names", before: table(column("a", "text", "v", 9), column("b", "text", "w", 9)),
			after: table(column("b", "text", "v", 9), column("a", "text", "w", 9)), kind: pipewright.Invalid},
		{name: "a type with no way back", before: before, after: table(id, column("customer_id", "jsonb", "c", 20)), kind: pipewright.NotFound},
		{name: "a dropped column", before: before, after: table(id), kind: pipewright.NotFound},
		{name: "a dropped column beside one with other values", before: before,
			after: table(id, column("coupon", "integer", "x", 20)), kind: pipewright.NotFound},
		{name: "only a new column", before: before, after: table(id, customer, column("coupon", "text", "x", 20)), kind: pipewright.Invalid},
		{name: "nothing changed", before: before, after: before, kind: pipewright.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, ambiguous, err := DeriveRemap(tt.before, tt.after)
			require.Equal(t, tt.kind, pipewright.KindOf(err), "%v", err)
			if tt.kind != "" {
				return
			}
			assert.Equal(t, tt.mapping, m.String())
			if tt.ambiguous == "" {
				assert.Empty(t, ambiguous)
			} else {
				assert.Contains(t, ambiguous, tt.ambiguous)
			}
		})
	}
}

func TestLastSchemaChange(t *testing.T) {
	a, b := table(column("x", "text", "v", 3)), table(column("y", "text", "v", 3))
	drifted := table(column("x", "text", "w", 3))
	before, after, ok := LastSchemaChange([]pipewright.Schema{drifted, a, b, b})
	assert.True(t, ok)
	assert.Equal(t, a, before)
	assert.Equal(t, b, after)
	_, _, ok = LastSchemaChange([]pipewright.Schema{a, drifted})
	assert.False(t, ok, "other sampled values are not another schema")
	_, _, ok = LastSchemaChange(nil)
	assert.False(t, ok)
}

func TestRemapTextRoundTrips(t *testing.T) {
	types := []string{"", "integer", "numeric(10,2)", "timestamp without time zone", "text[]"}
	rapid.Check(t, func(t *rapid.T) {
		var m Remap
		for range rapid.IntRange(1, 4).Draw(t, "columns") {
			m = append(m, Remapped{
				Name: rapid.StringN(1, 12, -1).Draw(t, "name"),
				From: rapid.StringN(1, 12, -1).Draw(t, "from"),
				Cast: rapid.SampledFrom(types).Draw(t, "type"),
			})
		}
		back, err := ParseRemap(m.String())
		require.NoError(t, err, m.String())
		assert.Equal(t, m, back)
	})
}

func TestParseRemapRefusesWhatStringNeverWrites(t *testing.T) {
	for _, text := range []string{"", "a=", "a::", "a,b", "a, ", `"a`, "a=b; drop table x", "a::int; drop table x", "a::int, b::text -- "} {
		_, err := ParseRemap(text)
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "%q", text)
	}
}

package postgres

import (
	"testing"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
)

func TestWhatCameIsCountedByTheColumnThatSaysSo(t *testing.T) {
	table := func(columns ...pipewright.Column) observedTable {
		return observedTable{Schema: "shop", Table: "fact", Columns: columns}
	}
	at := func(name, typ string) pipewright.Column { return pipewright.Column{Name: name, Type: typ} }
	tests := []struct {
		name string
		t    observedTable
		want string
	}{
		{"a column of the loader", table(at("id", "bigint"), at("loaded_at", "timestamp with time zone")),
			`SELECT count(*)::float8, max("loaded_at")::timestamptz FROM "shop"."fact" WHERE "loaded_at" >= $1`},
		{"a name that must be quoted", table(at("Loaded_At", "timestamp without time zone")),
			`SELECT count(*)::float8, max("Loaded_At")::timestamptz FROM "shop"."fact" WHERE "Loaded_At" >= $1`},
		{"a time of the business", table(at("created_at", "timestamp with time zone")), ""},
		{"text", table(at("loaded_at", "text")), ""},
		{"nothing", table(), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, landedSQL(tt.t)) })
	}
}

// Package migrations holds the numbered SQL that builds and upgrades a store,
// embedded in the binary, one folder a dialect, in goose's format. A file that
// was released is never edited: a change is a new number. The stores run them
// when they open.
package migrations

import "embed"

// SQLite holds sqlite/*.sql for the embedded store.
//
//go:embed sqlite/*.sql
var SQLite embed.FS

// Postgres holds postgres/*.sql for the store of a team.
//
//go:embed postgres/*.sql
var Postgres embed.FS

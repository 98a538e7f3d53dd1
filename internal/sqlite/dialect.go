package sqlite

import "github.com/pipewright/pipewright/internal/sqlstore"

var dialect = sqlstore.Dialect{
	Fault: ofDriver,
	Field: func(key string) string { return `body ->> '$.` + key + `'` },
	SignalOn: func(marks string) string {
		return `EXISTS (SELECT 1 FROM json_each(body, '$.signals') AS s WHERE s.value ->> '$.resource' IN (` + marks + `))`
	},
	// Left alone, SQLite 3.53 reads the whole table and sorts it, because the order
	// breaks ties by a name that is in no index.
	ByTime: func(index string) string { return ` INDEXED BY ` + index + ` ` },
	Lines:  putLines,
	Points: putPoints,
	Text:   text,
}

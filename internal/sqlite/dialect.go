package sqlite

import "github.com/pipewright/pipewright/internal/sqlstore"

func dialectOf(k kept) sqlstore.Dialect {
	return sqlstore.Dialect{
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
		Size:   `SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
		Kept:   k,
		Span:   `SELECT (SELECT min(since) FROM line_blocks WHERE since >= $1) AS lo, (SELECT max(last_at) FROM line_blocks WHERE last_at >= $1) AS hi`,

		Meaning:   putMeaning,
		Documents: putDocuments,
		Vectors:   putVectors,
		Rank:      rank,
		Among:     `IN (SELECT value FROM json_each(?))`,
		DropMeanings: []string{
			`DELETE FROM meanings_text WHERE rowid IN (SELECT id FROM meanings WHERE ` + undocumented + `)`,
			`DELETE FROM vectors WHERE meaning IN (SELECT id FROM meanings WHERE ` + undocumented + `)`,
			`DELETE FROM meanings WHERE ` + undocumented,
		},

		Forget: []string{
			`DELETE FROM points WHERE series IN (SELECT id FROM series) AND at >= 0 AND at < $1`,
		},
		DropDays: forgetLines,
	}
}

const undocumented = `NOT EXISTS (SELECT 1 FROM documents d WHERE d.meaning = meanings.id)`

package postgres

import "github.com/pipewright/pipewright/internal/sqlstore"

func (s *Store) dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		Fault: s.ofDriver,
		Again: again,
		Fence: s.fence,
		Field: func(key string) string { return `body_field(body, '` + key + `')` },
		SignalOn: func(marks string) string {
			return `EXISTS (SELECT 1 FROM json_array_elements(CASE json_typeof(replace(body, '\u0000', '\ufffd')::json -> 'signals')
				WHEN 'array' THEN replace(body, '\u0000', '\ufffd')::json -> 'signals' END) AS s WHERE s ->> 'resource' IN (` + marks + `))`
		},
		SkipLocked: ` FOR UPDATE SKIP LOCKED`,
		ByTime:     func(string) string { return ` ` },
		Lines:      putLines,
		Points:     putPoints,
		Span:       `SELECT (SELECT min(at) FROM lines WHERE at >= $1) AS lo, (SELECT max(at) FROM lines WHERE at >= $1) AS hi`,

		Meaning:   putMeaning,
		Documents: putDocuments,
		Vectors:   s.putVectors,
		Rank:      rank,
		Near:      s.nearness,
		Among:     `IN (SELECT value::bigint FROM json_array_elements_text(?::json) AS value)`,
		DropMeanings: []string{
			`DELETE FROM meanings WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.meaning = meanings.id)`,
			`DELETE FROM vectors WHERE NOT EXISTS (SELECT 1 FROM meanings m WHERE m.id = vectors.meaning)`,
		},

		Size: `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
			WHERE c.relkind = 'r' AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`,
		Forget: []string{
			`DELETE FROM line_uids WHERE at >= 0 AND at < $1`,
			`DELETE FROM lines_rest WHERE at >= 0 AND at < $1`,
			`DELETE FROM points_rest WHERE at >= 0 AND at < $1`,
		},
		DropDays: dropDays,
		Text:     text,
	}
}

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
		Text:       text,
	}
}

package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// SavePolicy stores the content of a policy version under its hash, once.
// Saving the same hash again changes nothing.
func (s *Store) SavePolicy(ctx context.Context, hash string, body []byte, at time.Time) error {
	if hash == "" || len(body) == 0 {
		return pipewright.Errorf(pipewright.Invalid, "save policy %q: it needs a hash and a body", hash)
	}
	err := s.record(ctx, func(c *chain) error {
		res, err := c.tx.ExecContext(ctx, `INSERT INTO policies (hash, body) VALUES (?, ?) ON CONFLICT DO NOTHING`, hash, body)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return c.append(auditPolicy, hash, at, body, false)
	})
	return fault("save policy", err)
}

// Policy returns a policy version's content. NotFound when it was never saved.
func (s *Store) Policy(ctx context.Context, hash string) (body []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT body FROM policies WHERE hash = ?`, hash).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, pipewright.Errorf(pipewright.NotFound, "there is no policy %s in this store", hash)
	}
	return body, fault("read policy", err)
}

// reserved is the prefix of the meta keys that the store keeps for itself.
const reserved = "store."

// Meta returns what SetMeta stored under key, empty when nothing was.
func (s *Store) Meta(ctx context.Context, key string) (value string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, fault("read "+key, err)
}

// SetMeta stores a small fact about the file, such as the plant's last time.
// It is not fsynced and not audited.
func (s *Store) SetMeta(ctx context.Context, key, value string) error {
	if strings.HasPrefix(key, reserved) {
		return pipewright.Errorf(pipewright.Invalid, "set %s: keys with %s are the store's own", key, reserved)
	}
	err := s.write(ctx, s.feed, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
		return err
	})
	return fault("set "+key, err)
}

// Salt returns 32 random bytes that are made once for each store.
func (s *Store) Salt(ctx context.Context) (salt []byte, err error) {
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, fault("make salt", err)
	}
	const read = `SELECT value FROM meta WHERE key = 'store.salt'`
	err = s.read.QueryRowContext(ctx, read).Scan(&salt)
	if !errors.Is(err, sql.ErrNoRows) {
		return salt, fault("read salt", err)
	}
	err = s.write(ctx, s.ledger, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('store.salt', ?) ON CONFLICT DO NOTHING`, fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, read).Scan(&salt)
	})
	return salt, fault("make salt", err)
}

// Thread returns the conversation state of one asker in one thread, nil when
// there is none.
func (s *Store) Thread(ctx context.Context, asker, thread string) (body []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT body FROM threads WHERE asker = ? AND thread = ?`, asker, thread).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return body, fault("read thread", err)
}

// SaveThread replaces the conversation state of one asker in one thread.
func (s *Store) SaveThread(ctx context.Context, asker, thread string, body []byte) error {
	err := s.write(ctx, s.feed, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO threads (asker, thread, body) VALUES (?, ?, ?)
			ON CONFLICT (asker, thread) DO UPDATE SET body = excluded.body`, asker, thread, append([]byte{}, body...))
		return err
	})
	return fault("save thread", err)
}

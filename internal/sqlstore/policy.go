package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
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
		res, err := c.tx.ExecContext(ctx, `INSERT INTO policies (hash, body) VALUES ($1, $2) ON CONFLICT DO NOTHING`, hash, body)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return c.append(auditPolicy, hash, at, body, false)
	})
	return s.fault("save policy", err)
}

// Policy returns a policy version's content. NotFound when it was never saved.
func (s *Store) Policy(ctx context.Context, hash string) (body []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT body FROM policies WHERE hash = $1`, hash).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, pipewright.Errorf(pipewright.NotFound, "there is no policy %s in this store", hash)
	}
	return body, s.fault("read policy", err)
}

// reserved is the prefix of the meta keys that the store keeps for itself.
const reserved = "store."

// Meta returns what SetMeta stored under key, empty when nothing was.
func (s *Store) Meta(ctx context.Context, key string) (value string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, s.fault("read "+key, err)
}

// SetMeta stores a small fact about the file, such as the plant's last time.
// It is not fsynced and not audited.
func (s *Store) SetMeta(ctx context.Context, key, value string) error {
	if strings.HasPrefix(key, reserved) {
		return pipewright.Errorf(pipewright.Invalid, "set %s: keys with %s are the store's own", key, reserved)
	}
	err := s.write(ctx, s.lanes.Notes, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
		return err
	})
	return s.fault("set "+key, err)
}

// Salt returns 32 random bytes that are made once for each store.
func (s *Store) Salt(ctx context.Context) (salt []byte, err error) {
	const read = `SELECT value FROM meta WHERE key = 'store.salt'`
	err = s.read.QueryRowContext(ctx, read).Scan(&salt)
	if errors.Is(err, sql.ErrNoRows) {
		err = s.write(ctx, s.lanes.Queue, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('store.salt', $1) ON CONFLICT DO NOTHING`, freshSalt()); err != nil {
				return err
			}
			return tx.QueryRowContext(ctx, read).Scan(&salt)
		})
	}
	if err != nil || len(salt) == saltBytes { // as the first stores kept it
		return salt, s.fault("read salt", err)
	}
	salt, err = hex.DecodeString(string(salt))
	return salt, s.fault("read salt", err)
}

const saltBytes = 32

func freshSalt() string {
	b := make([]byte, saltBytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Thread returns the conversation state of one asker in one thread, nil when
// there is none.
func (s *Store) Thread(ctx context.Context, asker, thread string) (body []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT body FROM threads WHERE asker = $1 AND thread = $2`, asker, thread).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return body, s.fault("read thread", err)
}

// SaveThread replaces the conversation state of one asker in one thread.
func (s *Store) SaveThread(ctx context.Context, asker, thread string, body []byte) error {
	err := s.write(ctx, s.lanes.Notes, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO threads (asker, thread, body) VALUES ($1, $2, $3)
			ON CONFLICT (asker, thread) DO UPDATE SET body = excluded.body`, asker, thread, append([]byte{}, body...))
		return err
	})
	return s.fault("save thread", err)
}

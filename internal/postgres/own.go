package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// ownerLock is the advisory lock of the loop: two numbers, of which the second tells the
// schemas of one database apart.
const ownerLock = `1347900756, hashtext(current_schema())`

// Own makes this process the one that runs the loop on the store. The lock is that of a
// session, held until Close or the death of the process or of its connection. When
// another one holds it the error is a Conflict that names it. Owning twice through one
// Store is fine, and takes the lock anew when its session was lost.
func (s *Store) Own(ctx context.Context) error {
	s.owning.Lock()
	defer s.owning.Unlock()
	if s.owner != nil {
		if s.owner.PingContext(ctx) == nil {
			return nil
		}
		_ = s.owner.Close() // its session is gone, and the lock with it
		s.owner = nil
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return s.fault("own the store", err)
	}
	var got bool
	err = conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock(`+ownerLock+`)`).Scan(&got)
	if err == nil && got {
		whole := s.JournalWhole(ctx, conn)
		if pipewright.KindOf(whole) == pipewright.Conflict {
			_ = unlock(conn) //nolint:contextcheck // the lock is given back although ctx may have ended
			return whole
		}
		if err = whole; err == nil {
			err = s.begin(ctx, conn)
		}
		if err == nil {
			s.owner = conn
			return nil
		}
	}
	_ = unlock(conn) //nolint:contextcheck // the lock is given back although ctx may have ended
	if err != nil {
		return s.fault("own the store", err)
	}
	return pipewright.Errorf(pipewright.Conflict, "the store in %s already has a loop running on it (%s): stop that one first, or use another database", s.name, s.holder(ctx))
}

// begin raises the epoch, after whatever an earlier owner is still committing.
func (s *Store) begin(ctx context.Context, conn *sql.Conn) (err error) {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
			return
		}
		err = tx.Commit()
	}()
	if _, err := tx.ExecContext(ctx, `LOCK TABLE ledger_turn IN EXCLUSIVE MODE`); err != nil {
		return err
	}
	return tx.QueryRowContext(ctx, `INSERT INTO meta (key, value) VALUES ('store.epoch', '1')
		ON CONFLICT (key) DO UPDATE SET value = (meta.value::bigint + 1)::text RETURNING value`).Scan(&s.epoch)
}

// fence refuses what a loop commits after another one became the owner.
func (s *Store) fence(ctx context.Context, tx *sql.Tx) error {
	s.owning.Lock()
	mine := s.epoch
	s.owning.Unlock()
	if mine == "" {
		return nil
	}
	var now string
	if err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'store.epoch'`).Scan(&now); err != nil {
		return err
	}
	if now != mine {
		return pipewright.Errorf(pipewright.Conflict, "another replica runs the loop on %s since this one lost its connection: nothing was changed, start this one again", s.name)
	}
	return nil
}

const whoHolds = ` FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
	AND classid = 1347900756 AND objid::bigint = hashtext(current_schema())::bigint & 4294967295`

// LoopRuns reports whether some process, this one included, owns the loop. It leaves no
// trace and keeps nobody from becoming the owner.
func (s *Store) LoopRuns() (running bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), connectWithin)
	defer cancel()
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1`+whoHolds+`)`).Scan(&running)
	return running, s.fault("look for the owner of the store", err)
}

// Owned reports whether this Store holds the loop's ownership.
func (s *Store) Owned() bool {
	s.owning.Lock()
	defer s.owning.Unlock()
	return s.owner != nil
}

// holder names whoever owns the loop, as its session does.
func (s *Store) holder(ctx context.Context) (who string) {
	err := s.read.QueryRowContext(ctx, `SELECT application_name FROM pg_stat_activity WHERE pid = (SELECT pid`+whoHolds+` LIMIT 1)`).Scan(&who)
	if err != nil || who == "" {
		return "another process"
	}
	return who
}

func (s *Store) disown() error {
	s.owning.Lock()
	defer s.owning.Unlock()
	if s.owner == nil {
		return nil
	}
	err := unlock(s.owner)
	s.owner = nil
	return err
}

// unlock gives the lock back, if it is held, and the connection to its pool. A
// connection that is gone has given the lock back itself.
func unlock(conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = conn.ExecContext(ctx, `SELECT pg_advisory_unlock(`+ownerLock+`)`)
	return conn.Close()
}

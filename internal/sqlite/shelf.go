package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"slices"
	"sync"

	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

const (
	mostOutlined = 96 << 20 // bytes of outlines in memory, those of some 13 million records
	mostUnpacked = 64       // blocks of which the texts are
	readTogether = 64       // outlines that are missing, from which all between them are read
)

// shelf keeps in the process what searches read of the blocks again and again. Blocks never
// change, so nothing on it grows old: it is told by a block's id and how many records it has,
// because what retention leaves of a block may have its id.
type shelf struct {
	mu       sync.Mutex
	writes   int64 // of the store, when the heads were read
	heads    []head
	outlines map[blockName]*block.Outline // nil: the block has none
	size     int                          // bytes of the outlines
	unpacked map[blockName][]block.Line
	recent   []blockName // of those unpacked, the oldest first
}

type blockName struct {
	id int64
	n  int
}

func (h *head) name() blockName { return blockName{h.id, h.n} }

func newShelf() *shelf {
	return &shelf{writes: -1, outlines: map[blockName]*block.Outline{}, unpacked: map[blockName][]block.Line{}}
}

const headColumns = `SELECT id, first, n, first_at, last_at, levels FROM line_blocks`

// all is the heads of all blocks, by id.
func (s *shelf) all(ctx context.Context, tx *sql.Tx) ([]head, error) {
	var writes int64
	if err := tx.QueryRowContext(ctx, `SELECT writes FROM line_totals`).Scan(&writes); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writes == writes {
		return s.heads, nil
	}
	heads, err := readHeads(ctx, tx, headColumns+` ORDER BY id`)
	if err != nil {
		return nil, err
	}
	s.writes, s.heads = writes, heads
	if s.size > mostOutlined/2 {
		s.tidy()
	}
	return heads, nil
}

// tidy drops the outlines of blocks that are no more.
func (s *shelf) tidy() {
	kept := make(map[blockName]*block.Outline, len(s.outlines))
	s.size = 0
	for i := range s.heads {
		if o, ok := s.outlines[s.heads[i].name()]; ok {
			kept[s.heads[i].name()] = o
			s.size += sizeOf(o)
		}
	}
	s.outlines = kept
}

func sizeOf(o *block.Outline) int {
	if o == nil {
		return 100
	}
	return o.Size()
}

func readHeads(ctx context.Context, tx *sql.Tx, query string, args ...any) (out []head, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var h head
		if err := rows.Scan(&h.id, &h.first, &h.n, &h.firstAt, &h.lastAt, &h.levels); err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

// outlinesOf are the outlines of some blocks, given by id, in their order; nil for one that
// has none.
func (s *shelf) outlinesOf(ctx context.Context, tx *sql.Tx, heads []head) ([]*block.Outline, error) {
	out := make([]*block.Outline, len(heads))
	var missing []int
	s.mu.Lock()
	for i := range heads {
		o, ok := s.outlines[heads[i].name()]
		if out[i] = o; !ok {
			missing = append(missing, i)
		}
	}
	s.mu.Unlock()
	if len(missing) == 0 {
		return out, nil
	}
	if err := s.readOutlines(ctx, tx, heads, missing, out); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range missing {
		if _, ok := s.outlines[heads[i].name()]; !ok && s.size < mostOutlined {
			s.outlines[heads[i].name()] = out[i]
			s.size += sizeOf(out[i])
		}
	}
	return out, nil
}

// readOutlines reads those that are missing: one by one when they are few, else in one go.
// They are unpacked on all processors meanwhile.
func (s *shelf) readOutlines(ctx context.Context, tx *sql.Tx, heads []head, missing []int, out []*block.Outline) error {
	type job struct {
		at   int
		body []byte
	}
	jobs := make(chan job, readTogether)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for j := range jobs {
				out[j.at] = block.ReadOutline(j.body, heads[j.at].n)
			}
		})
	}
	next := 0
	err := eachOutline(ctx, tx, heads, missing, func(id int64, body []byte) {
		for next < len(missing) && heads[missing[next]].id < id {
			next++
		}
		if next < len(missing) && heads[missing[next]].id == id {
			jobs <- job{missing[next], slices.Clone(body)}
		}
	})
	close(jobs)
	workers.Wait()
	return err
}

// eachOutline hands over the outlines of the blocks that are missing, and maybe others, by id.
func eachOutline(ctx context.Context, tx *sql.Tx, heads []head, missing []int, do func(id int64, body []byte)) error {
	const query = `SELECT id, body FROM line_outlines WHERE id BETWEEN ? AND ? ORDER BY id`
	if len(missing) > readTogether {
		return eachBody(ctx, tx, do, query, heads[missing[0]].id, heads[missing[len(missing)-1]].id)
	}
	for _, i := range missing {
		if err := eachBody(ctx, tx, do, query, heads[i].id, heads[i].id); err != nil {
			return err
		}
	}
	return nil
}

func eachBody(ctx context.Context, tx *sql.Tx, do func(id int64, body []byte), query string, args ...any) (err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		var body sql.RawBytes
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		do(id, body)
	}
	return rows.Err()
}

// texts are the records of a block that was unpacked lately.
func (s *shelf) texts(h *head) ([]block.Line, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines, ok := s.unpacked[h.name()]
	return lines, ok
}

func (s *shelf) keepTexts(h *head, lines []block.Line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.unpacked[h.name()]; ok {
		return
	}
	if len(s.recent) >= mostUnpacked {
		delete(s.unpacked, s.recent[0])
		s.recent = append(s.recent[:0:0], s.recent[1:]...)
	}
	s.unpacked[h.name()] = lines
	s.recent = append(s.recent, h.name())
}

// among are those heads, given by id, whose ids are in a list that rises.
func among(heads []head, ids []int64) []head {
	out := make([]head, 0, len(ids))
	at := 0
	for _, id := range ids {
		if step := 4 * len(heads) / (len(ids) + 1); step > 64 { // few of many
			n, _ := slices.BinarySearchFunc(heads[at:], id, func(h head, id int64) int { return int(min(1, max(-1, h.id-id))) })
			at += n
		}
		for at < len(heads) && heads[at].id < id {
			at++
		}
		if at < len(heads) && heads[at].id == id {
			out = append(out, heads[at])
		}
	}
	return out
}

// wholeResources is up to how many resources their heads are read instead of all.
const wholeResources = 8

// headsOf are the heads of the blocks of some resources, or of all, by id.
func (s *shelf) headsOf(ctx context.Context, tx *sql.Tx, resources []int64) ([]head, error) {
	if len(resources) == 0 || len(resources) > wholeResources {
		heads, err := s.all(ctx, tx)
		if err != nil || len(resources) == 0 {
			return heads, err
		}
		of := make(map[int64]bool, len(resources))
		for _, r := range resources {
			of[r] = true
		}
		return slices.DeleteFunc(slices.Clone(heads), func(h head) bool { return !of[h.id>>sqlstore.LineBits] }), nil
	}
	var out []head
	for _, r := range slices.Compact(slices.Sorted(slices.Values(resources))) {
		some, err := readHeads(ctx, tx, headColumns+` WHERE id BETWEEN ? AND ? ORDER BY id`, r<<sqlstore.LineBits, r<<sqlstore.LineBits|sqlstore.LineMask)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

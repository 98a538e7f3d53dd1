package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"hash/fnv"
	"strconv"
	"sync"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/retrieval/template"
)

const (
	newShapes  = 64 // shapes that are new before templates are compared again, at least,
	newShapeOf = 4  // and one in so many
)

// TemplateStore keeps what a Miner found, piece by piece.
type TemplateStore interface {
	MinedState(ctx context.Context, after int64) (pieces [][]byte, upTo int64, err error)
	Templates(ctx context.Context, id string) ([]pipewright.LogTemplate, error)
}

// Miner finds the template of every record on its way into a store. Its state is stored
// with the records that it was learnt from, so that it goes on where it was after a
// restart; several replicas on one store take in what each other learnt. What counts is
// counted by the store, of records that were new. Memory is that of a template.Miner.
type Miner struct {
	store TemplateStore

	mu      sync.Mutex // held from mining a batch until it is stored
	miner   *template.Miner
	upTo    int64                   // piece of the stored state that was read last
	own     map[[32]byte]bool       // pieces that this miner stored
	saved   template.Ref            // shapes before it are stored
	folds   int                     // of the miner, at the last view
	ids     []string                // of the template, by shape
	home    map[string]template.Ref // the shape that a template is named after
	known   map[string]uint64       // templates by id: a digest of what was handed over
	fresh   int                     // shapes since the last view
	pending pipewright.Mined        // handed over, and not known to be stored
}

// NewMiner returns a miner that reads its state when the first records come.
func NewMiner(store TemplateStore) *Miner {
	return &Miner{store: store, own: map[[32]byte]bool{}, home: map[string]template.Ref{}, known: map[string]uint64{}}
}

// mine gives each record of a batch its template, and the batch what was found and the
// documents of the rest. Unless it fails, stored must be called after it.
func (m *Miner) mine(ctx context.Context, b *pipewright.Batch) (err error) {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer func() {
		if err != nil {
			m.mu.Unlock()
		}
	}()
	if len(b.Lines) > 0 {
		if err := m.catchUp(ctx); err != nil {
			return err
		}
	}
	for i := range b.Lines {
		b.Lines[i].Template = m.template(&b.Lines[i])
	}
	if m.fresh > 0 && (len(b.Lines) == 0 || m.fresh >= max(newShapes, m.miner.Live()/newShapeOf)) {
		m.compare()
	}
	if err := m.save(); err != nil {
		return err
	}
	b.Mined = m.pending
	for _, r := range b.Runs {
		if r.State.Done() {
			b.Documents = append(b.Documents, retrieval.OfRun(r))
		}
	}
	for _, c := range b.Changes {
		b.Documents = append(b.Documents, retrieval.OfChange(c))
	}
	return nil
}

// stored tells whether the batch is in the store.
func (m *Miner) stored(ok bool) {
	if m == nil {
		return
	}
	if ok && m.miner != nil {
		if m.pending.State != nil {
			m.own[sha256.Sum256(m.pending.State)] = true
			m.saved = m.miner.Next()
		}
		m.pending = pipewright.Mined{}
	}
	m.mu.Unlock()
}

// catchUp reads the state, or what other replicas have added to it.
func (m *Miner) catchUp(ctx context.Context) error {
	pieces, upTo, err := m.store.MinedState(ctx, m.upTo)
	if err != nil {
		return err
	}
	first := m.miner == nil
	if first {
		if err := m.begin(ctx); err != nil {
			return err
		}
	}
	loaded := false
	for _, p := range pieces {
		if m.own[sha256.Sum256(p)] {
			continue
		}
		switch err := m.miner.Load(bytes.NewReader(p)); {
		case pipewright.KindOf(err) == pipewright.Invalid:
			continue // of another version, or damaged: no reason to take in nothing, what it held is mined anew
		case err != nil:
			return err
		}
		loaded = true
	}
	m.upTo = upTo
	if loaded {
		m.adopt()
		if first {
			m.saved = m.miner.Next()
		}
		m.compare()
	}
	return nil
}

func (m *Miner) begin(ctx context.Context) error {
	stored, err := m.store.Templates(ctx, "")
	if err != nil {
		return err
	}
	for _, t := range stored {
		m.known[t.ID] = digestOf(t)
	}
	m.miner = template.New(template.Options{})
	return nil
}

// adopt names the shapes that are new.
func (m *Miner) adopt() {
	for r := template.Ref(len(m.ids)); r < m.miner.Next(); r++ { //nolint:gosec // a miner holds fewer
		id := m.miner.One(r).ID
		m.ids = append(m.ids, id)
		if _, ok := m.home[id]; !ok {
			m.home[id] = r
		}
		m.fresh++
	}
}

// template is the id of a record's template. A shape that was never seen is one by itself
// until templates are compared again.
func (m *Miner) template(l *pipewright.LogLine) string {
	ref := m.miner.Add(template.Line{Text: []byte(l.Text), At: l.At, Level: minedLevels[l.Level]})
	if m.miner.Folds() != m.folds {
		m.adopt()
		m.compare()
	}
	if int(ref) >= len(m.ids) {
		m.adopt()
		m.tell(m.miner.One(ref))
	}
	return m.ids[ref]
}

// compare works out the templates anew, and finds those that turned out to be instances
// of others.
func (m *Miner) compare() {
	v := m.miner.View()
	if m.folds != m.miner.Folds() {
		m.folds, m.saved, m.pending.Whole = m.miner.Folds(), 0, true
	}
	for _, t := range v.Templates {
		m.tell(t)
	}
	seen := map[string]bool{}
	for r, old := range m.ids {
		now := v.Templates[v.Of(template.Ref(r))].ID //nolint:gosec // a miner holds fewer
		m.ids[r] = now
		if home, ok := m.home[old]; ok && home == template.Ref(r) && now != old && !seen[old] { //nolint:gosec // likewise
			seen[old] = true
			delete(m.known, old)
			m.pending.Joined = append(m.pending.Joined, pipewright.Joined{From: old, Into: now})
		}
	}
	m.fresh = 0
}

// tell hands a template over if the store does not know it as it is now.
func (m *Miner) tell(t template.Template) {
	lt := storedTemplate(t)
	d := digestOf(lt)
	if old, ok := m.known[t.ID]; ok && old == d {
		return
	}
	m.known[t.ID] = d
	for i, other := range m.pending.Templates {
		if other.ID == t.ID {
			m.pending.Templates[i] = lt
			return
		}
	}
	joined := m.pending.Joined[:0:0]
	for _, j := range m.pending.Joined {
		if j.From != t.ID {
			joined = append(joined, j)
		}
	}
	m.pending.Joined = joined
	m.pending.Templates = append(m.pending.Templates, lt)
}

// save adds the shapes that are not stored to what is handed over.
func (m *Miner) save() error {
	if m.miner == nil || m.saved == m.miner.Next() && !m.pending.Whole {
		return nil
	}
	var state bytes.Buffer
	if err := m.miner.SaveSince(&state, m.saved); err != nil {
		return err
	}
	m.pending.State = state.Bytes()
	return nil
}

func storedTemplate(t template.Template) pipewright.LogTemplate {
	out := pipewright.LogTemplate{ID: t.ID, Text: t.Text, Level: levelOf[t.Level], Examples: t.Examples, Values: t.Values}
	if len(t.Examples) > 0 {
		out.Meaning = t.Examples[0]
	}
	out.Terms = retrieval.Terms(out.Meaning)
	return out
}

// digestOf tells two states of a template apart.
func digestOf(t pipewright.LogTemplate) uint64 {
	values := 0
	for _, v := range t.Values {
		values += len(v)
	}
	h := fnv.New64a()
	h.Write([]byte(t.Text + "\x00" + string(t.Level) + "\x00" + strconv.Itoa(len(t.Examples)) + "\x00" + strconv.Itoa(values)))
	return h.Sum64()
}

var minedLevels = map[pipewright.Level]template.Level{
	pipewright.Debug: template.Debug, pipewright.Info: template.Info, pipewright.Warn: template.Warning, pipewright.Err: template.Error,
}

var levelOf = map[template.Level]pipewright.Level{
	template.Debug: pipewright.Debug, template.Info: pipewright.Info, template.Warning: pipewright.Warn, template.Error: pipewright.Err, template.Fatal: pipewright.Err,
}

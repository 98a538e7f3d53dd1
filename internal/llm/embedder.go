package llm

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
)

// keptVectors bounds the cache; when it is full it begins anew.
const keptVectors = 50_000

// EmbedConfig says what embedding may cost and what goes out.
type EmbedConfig struct {
	Spend     ask.Spend           // shared with the model that answers; nil: not counted
	DailyCost float64             // money for a day, of all models together; 0: no bound
	Hide      func(string) string // takes secrets out of what is sent; nil: nothing is taken out
	Clock     func() time.Time    // nil: time.Now
	Tell      func(error)         // told of the first failure, and of another only after a success; may be nil
}

// Embedder embeds texts by the endpoint of an Engine, each text once: vectors are cached by
// the hash of the text. It is safe for use by several goroutines.
type Embedder struct {
	engine *Engine
	cfg    EmbedConfig
	mu     sync.Mutex
	cache  map[[sha256.Size]byte][]float32
	dim    int // of every vector; 0: none has come yet
	down   bool
}

// NewEmbedder returns an Embedder. It calls nobody.
func NewEmbedder(e *Engine, cfg EmbedConfig) *Embedder {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Hide == nil {
		cfg.Hide = func(s string) string { return s }
	}
	return &Embedder{engine: e, cfg: cfg, cache: map[[sha256.Size]byte][]float32{}}
}

// Name is the vendor's with the model's.
func (e *Embedder) Name() string { return e.engine.cfg.Vendor + "/" + e.engine.cfg.Embeddings }

// Of is an embedder by another model of the same endpoint, at the same terms; nil when the
// vendor has none.
func (e *Embedder) Of(model string) *Embedder {
	wire, ok := e.engine.wire.(*openAI)
	if !ok {
		return nil
	}
	cfg := e.engine.cfg
	cfg.Embeddings = model
	return NewEmbedder(&Engine{cfg: cfg, wire: &openAI{cfg: cfg, client: wire.client}}, e.cfg)
}

// Embed returns one vector a text, in their order, all of one dimension.
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	keys := make([][sha256.Size]byte, len(texts))
	var missing []string
	var at [][sha256.Size]byte
	asked := map[[sha256.Size]byte]bool{}
	for i, text := range texts {
		text = e.cfg.Hide(text)
		keys[i] = sha256.Sum256([]byte(text))
		if e.cache[keys[i]] == nil && !asked[keys[i]] {
			asked[keys[i]] = true
			missing, at = append(missing, text), append(at, keys[i])
		}
	}
	if len(missing) > 0 {
		err := e.fetch(ctx, missing, at)
		e.tell(err)
		if err != nil {
			return nil, err
		}
	}
	out := make([][]float32, len(texts))
	for i, k := range keys {
		out[i] = e.cache[k]
	}
	if len(e.cache) > keptVectors {
		clear(e.cache)
	}
	return out, nil
}

// fetch asks for texts within the day's budget and caches what came, before a failure too.
func (e *Embedder) fetch(ctx context.Context, texts []string, keys [][sha256.Size]byte) error {
	now := e.cfg.Clock()
	if e.cfg.Spend != nil && e.cfg.DailyCost > 0 {
		day, err := e.cfg.Spend.Spent(ctx, now)
		if err != nil {
			return err
		}
		if day.Cost >= e.cfg.DailyCost {
			return pipewright.Errorf(pipewright.Denied, "embed by %s: the day's budget is used up (llm.daily_cost)", e.Name())
		}
	}
	vectors, used, err := e.engine.embedAll(ctx, texts)
	if e.cfg.Spend != nil && used.Calls > 0 {
		if _, kept := e.cfg.Spend.AddSpend(context.WithoutCancel(ctx), now, used); kept != nil && err == nil {
			err = kept
		}
	}
	for i, v := range vectors {
		if e.dim == 0 {
			e.dim = len(v)
		}
		if len(v) != e.dim {
			return pipewright.Errorf(pipewright.Invalid, "embed by %s: it returned a vector of %d dimensions after those of %d: check llm.embeddings", e.Name(), len(v), e.dim)
		}
		e.cache[keys[i]] = v
	}
	return err
}

// tell reports the first failure of a row.
func (e *Embedder) tell(err error) {
	if err != nil && !e.down && e.cfg.Tell != nil {
		e.cfg.Tell(err)
	}
	e.down = err != nil
}

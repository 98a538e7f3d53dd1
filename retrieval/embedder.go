package retrieval

import (
	"context"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/embed"
	"github.com/pipewright/pipewright/retrieval/vector"
)

// Embedder turns texts into vectors, all of one dimension. Vectors of models of different
// names are not comparable. Texts that go to one outside were redacted.
type Embedder interface {
	// Name of the model, with its version.
	Name() string
	// Embed returns one vector a text, in their order.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Space says whose vectors an index holds.
type Space struct {
	Model      string // name and version
	Dimensions int
}

// Builtin is the space of the built-in embedder.
var Builtin = Space{Model: embed.Version, Dimensions: embed.Dimensions}

// deeper is the vectors of a second embedder, by the number of their meaning.
type deeper struct {
	space   Space
	vectors *vector.Store
}

// Deepen embeds the meanings of the documents by a second embedder, in one call: queries
// with a Vector of its own are then ranked by both. On an error the index is as it was.
func (x *Index) Deepen(ctx context.Context, e Embedder) (Space, error) {
	texts := make([]string, len(x.meanings))
	for text, i := range x.meanings {
		texts[i] = text
	}
	vectors, err := e.Embed(ctx, texts)
	if err != nil {
		return Space{}, err
	}
	if len(vectors) != len(texts) || len(vectors) == 0 || len(vectors[0]) == 0 {
		return Space{}, pipewright.Errorf(pipewright.Unavailable, "embed %d texts by %s: it returned %d vectors", len(texts), e.Name(), len(vectors))
	}
	d := &deeper{Space{e.Name(), len(vectors[0])}, vector.New(len(vectors[0]))}
	for _, v := range vectors {
		if _, err := d.vectors.Add(v); err != nil {
			return Space{}, err
		}
	}
	x.deeper = d
	return d.space, nil
}

// deepen embeds the documents and the query; without an embedder it does nothing.
func (x *Index) deepen(ctx context.Context, e Embedder, query string) ([]float32, error) {
	if e == nil || x.Len() == 0 {
		return nil, nil
	}
	vectors, err := e.Embed(ctx, []string{query})
	if err != nil {
		return nil, err
	}
	space, err := x.Deepen(ctx, e)
	if err != nil {
		return nil, err
	}
	if len(vectors) != 1 || len(vectors[0]) != space.Dimensions {
		x.deeper = nil
		return nil, pipewright.Errorf(pipewright.Invalid, "embed a query by %s: its vector has another dimension than those of the documents, %d", space.Model, space.Dimensions)
	}
	return vectors[0], nil
}

// blend adds what the second embedder says of the nearest meanings: the mean of both.
// Its cosines count from their median on, which is what unrelated texts have.
func (d *deeper) blend(cosines []float64, query []float32, held []bool) error {
	found, err := d.vectors.Search(query, len(held), func(v int) bool { return held[v] })
	if err != nil || len(found) == 0 {
		return err
	}
	floor := 0.0
	if len(found) > 2 {
		floor = max(0, min(float64(found[len(found)/2].Cosine), 0.99))
	}
	for i := range cosines {
		cosines[i] /= 2
	}
	for _, m := range found[:min(len(found), nearest)] {
		cosines[m.Index] += max(0, (float64(m.Cosine)-floor)/(1-floor)) / 2
	}
	return nil
}

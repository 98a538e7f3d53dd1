package plant

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl/sim"
)

// Recorded is one line of the record: an act as the server saw it, before it
// answered.
type Recorded struct {
	Key     string                `json:"key"`
	Kind    pipewright.ActionKind `json:"kind"`
	Target  pipewright.ResourceID `json:"target"`
	Args    map[string]string     `json:"args,omitempty"`
	At      time.Time             `json:"at"`      // plant time
	Outcome string                `json:"outcome"` // first, repeated, refused
}

// Request bodies and answers of the server. Every path is a POST but /now.
type (
	advanceBody struct {
		To time.Time `json:"to"`
	}
	windowBody struct {
		After time.Time `json:"after"`
		Upto  time.Time `json:"upto"`
	}
	findBody struct {
		Key string `json:"key"`
	}
	probeBody struct {
		Name   string                `json:"name"`
		Target pipewright.ResourceID `json:"target"`
	}
	nowAnswer struct {
		Now time.Time `json:"now"`
	}
	findAnswer struct {
		Receipt pipewright.Receipt `json:"receipt"`
		Found   bool               `json:"found"`
	}
	errorAnswer struct {
		Kind  pipewright.ErrorKind `json:"kind"`
		Error string               `json:"error"`
	}
)

// server answers for a plant.
type server struct {
	world  World
	mu     sync.Mutex // one act at a time, with its line in the record
	record io.Writer
}

// Serve answers for the plant on the listener until ctx ends. Every act is
// appended to the record, one JSON line, and synced when the record can be,
// before it is answered.
func Serve(ctx context.Context, l net.Listener, p *sim.Plant, record io.Writer) error {
	return ServeWorld(ctx, l, Local(p), record)
}

// ServeWorld is Serve for a plant that is wrapped already, such as one that is
// slow to answer.
func ServeWorld(ctx context.Context, l net.Listener, w World, record io.Writer) error {
	s := &server{world: w, record: record}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /now", handle(s.now))
	mux.HandleFunc("POST /advance", handle(s.advance))
	mux.HandleFunc("POST /observe", handle(s.observe))
	mux.HandleFunc("POST /act", handle(s.act))
	mux.HandleFunc("POST /find", handle(s.find))
	mux.HandleFunc("POST /probe", handle(s.probe))
	mux.HandleFunc("POST /describe", handle(s.describe))
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stop()
	if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return pipewright.Errorf(pipewright.Unavailable, "serve the plant on %s: %w", l.Addr(), err)
	}
	return nil
}

func (s *server) now(ctx context.Context, _ struct{}) (nowAnswer, error) {
	t, err := s.world.Now(ctx)
	return nowAnswer{t}, err
}

func (s *server) advance(ctx context.Context, b advanceBody) (nowAnswer, error) {
	if err := s.world.Advance(ctx, b.To); err != nil {
		return nowAnswer{}, err
	}
	return s.now(ctx, struct{}{})
}

func (s *server) observe(ctx context.Context, b windowBody) (pipewright.Batch, error) {
	return s.world.Observe(ctx, b.After, b.Upto)
}

func (s *server) act(ctx context.Context, a sim.Act) (pipewright.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := Recorded{Key: a.Key, Kind: a.Kind, Target: a.Target, Args: a.Args, Outcome: "first"}
	var err error
	if line.At, err = s.world.Now(ctx); err != nil {
		return pipewright.Receipt{}, err
	}
	if _, repeated, _ := s.world.Find(ctx, a.Key); repeated {
		line.Outcome = "repeated"
	}
	// The act itself is not cut short by a caller that hangs up.
	r, acted := s.world.Act(context.WithoutCancel(ctx), a)
	if acted != nil {
		line.Outcome = "refused"
	}
	if err := s.append(line); err != nil {
		return pipewright.Receipt{}, err
	}
	return r, acted
}

// append writes a line and syncs it.
func (s *server) append(line Recorded) error {
	if s.record == nil {
		return nil
	}
	b, err := json.Marshal(line)
	if err == nil {
		_, err = s.record.Write(append(b, '\n'))
	}
	if f, ok := s.record.(interface{ Sync() error }); ok && err == nil {
		err = f.Sync()
	}
	if err != nil {
		return pipewright.Errorf(pipewright.Internal, "record %s: %w", line.Key, err)
	}
	return nil
}

func (s *server) find(ctx context.Context, b findBody) (findAnswer, error) {
	r, ok, err := s.world.Find(ctx, b.Key)
	return findAnswer{r, ok}, err
}

func (s *server) probe(ctx context.Context, b probeBody) (sim.Reading, error) {
	return s.world.Probe(ctx, b.Name, b.Target)
}

func (s *server) describe(ctx context.Context, b probeBody) (map[string]string, error) {
	return s.world.Describe(ctx, b.Target)
}

// handle turns a function over JSON values into a handler.
func handle[In, Out any](f func(context.Context, In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		if r.Method == http.MethodPost {
			if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil {
				answer(w, http.StatusBadRequest, errorAnswer{pipewright.Invalid, "the body is not the JSON that is wanted"})
				return
			}
		}
		out, err := f(r.Context(), in)
		if err != nil {
			answer(w, http.StatusUnprocessableEntity, errorAnswer{pipewright.KindOf(err), err.Error()})
			return
		}
		answer(w, http.StatusOK, out)
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller is gone: nobody to tell
}

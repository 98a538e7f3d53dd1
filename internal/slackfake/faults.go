package slackfake

import (
	"net/http"
	"strconv"
)

// Fault is something that goes wrong with calls of a method.
type Fault struct {
	Method      string // empty: any
	Times       int    // how many calls it hits; 0 is one
	RetryAfter  int    // seconds: 429 without any effect
	Code        string // Slack's error code, without any effect
	Needed      string // with missing_scope
	AfterEffect bool   // status 500 after the call did what it does
	Status      int    // that status before it does anything
	skip        int
}

// After lets the first n calls pass.
func (f Fault) After(n int) Fault {
	f.skip = n
	return f
}

// Fail arms a fault.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// strike is the fault that hits this call, if any.
func (s *Server) strike(method string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Times == 0 || f.Method != "" && f.Method != method {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		f.Times--
		return f
	}
	return nil
}

// before answers a call that a fault keeps from having any effect.
func (f *Fault) before(w http.ResponseWriter) bool {
	switch {
	case f == nil || f.AfterEffect:
		return false
	case f.RetryAfter > 0:
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		w.WriteHeader(http.StatusTooManyRequests)
	case f.Status > 0:
		w.WriteHeader(f.Status)
	default:
		write(w, map[string]any{"ok": false, "error": f.Code, "needed": f.Needed, "provided": "chat:write"})
	}
	return true
}

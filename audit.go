package pipewright

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
)

// AuditGenesis is the Prev of the first record of an audit chain.
var AuditGenesis = strings.Repeat("0", sha256.Size*2)

// AuditRecord is one link of the append-only audit chain.
type AuditRecord struct {
	N        int64           `json:"n"` // from 1, without gaps
	At       time.Time       `json:"at"`
	Kind     string          `json:"kind"` // event, reservation, approval, request, handled, pause, resume, mode, outcome, policy, anchor
	Ref      string          `json:"ref"`  // key of the row it covers
	Body     json.RawMessage `json:"body,omitempty"`
	BodyHash string          `json:"body_hash"` // hex SHA-256 of the body as stored
	Prev     string          `json:"prev"`      // Hash of record N-1
	Hash     string          `json:"hash"`      // see Seal
}

// Seal computes the record's hash: hex SHA-256 of the JSON array
// [n, at in unix nanoseconds, kind, ref, body_hash, prev].
func (r AuditRecord) Seal() string {
	b, err := json.Marshal([]any{r.N, r.At.UnixNano(), r.Kind, r.Ref, r.BodyHash, r.Prev})
	if err != nil {
		panic("pipewright: audit record cannot be encoded: " + err.Error()) // numbers and strings always can
	}
	return AuditHash(b)
}

// AuditHash is the hex SHA-256 of a body.
func AuditHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// AuditFault is the first thing that is wrong with an audit chain.
type AuditFault struct {
	N    int64  `json:"n"` // the record it concerns, 0 for a row that no record covers
	What string `json:"what"`
}

// AuditReport is the result of verifying an audit chain.
type AuditReport struct {
	Records  int64       `json:"records"`
	Head     string      `json:"head"`     // hash of the last record
	Anchored int64       `json:"anchored"` // records that the anchor outside the store vouches for
	Fault    *AuditFault `json:"fault,omitempty"`
	Notes    []string    `json:"notes,omitempty"`
}

// OK reports whether nothing wrong was found.
func (r AuditReport) OK() bool { return r.Fault == nil }

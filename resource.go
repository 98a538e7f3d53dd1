package pipewright

import (
	"regexp"
	"strings"
	"time"
)

// ResourceID names one thing that can break, as "<system>:<type>/<name>":
// glue:job/orders_etl, airflow:task/orders.load, k8s:deployment/ml/fraud-scorer.
// It is the one stable spelling of a resource everywhere.
type ResourceID string

var resourceShape = regexp.MustCompile(`^[a-z0-9_]+:[a-z0-9_]+/[^\s\x00-\x1f]{1,200}$`)

// ParseResourceID checks the spelling of an id. It does not check that the
// resource was ever observed.
func ParseResourceID(s string) (ResourceID, error) {
	if !resourceShape.MatchString(s) {
		return "", Errorf(Invalid, "%q is not a resource: write <system>:<type>/<name>, such as glue:job/orders_etl", s)
	}
	return ResourceID(s), nil
}

// NewResourceID joins the parts of an id.
func NewResourceID(system, typ, name string) ResourceID {
	return ResourceID(system + ":" + typ + "/" + name)
}

// System is the part before the colon: "glue".
func (id ResourceID) System() string {
	system, _, _ := strings.Cut(string(id), ":")
	return system
}

// Kind is system and type: "glue:job".
func (id ResourceID) Kind() string {
	kind, _, _ := strings.Cut(string(id), "/")
	return kind
}

// Name is what follows the first slash: "orders_etl".
func (id ResourceID) Name() string {
	_, name, _ := strings.Cut(string(id), "/")
	return name
}

// Resource is something Pipewright has observed itself.
type Resource struct {
	ID        ResourceID        `json:"id"`
	Labels    map[string]string `json:"labels,omitempty"` // env, team, schedule (a duration), expected_seconds, ...
	FirstSeen time.Time         `json:"first_seen"`
	LastSeen  time.Time         `json:"last_seen"`
}

// Env is the environment label, "prod" when none was given: the strict reading.
func (r Resource) Env() string {
	if env := r.Labels["env"]; env != "" {
		return env
	}
	return "prod"
}

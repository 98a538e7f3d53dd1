// Package config reads the one YAML file that a Pipewright is run with. Unknown
// keys are errors, every fault is reported at once with its key's path, and a
// secret is never in the file: it is a reference to the environment or to
// another file. cmd turns the result into the parts' own configurations.
package config

import (
	"fmt"
	"io"
	"time"

	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
)

// Config is the whole file.
type Config struct {
	Store      Store       `yaml:"store"`
	Listen     string      `yaml:"listen"` // /metrics, /healthz, /readyz
	Zone       string      `yaml:"zone"`   // IANA name; times without a zone are read and shown in it
	Poll       Duration    `yaml:"poll"`   // how often every system is asked
	Systems    Systems     `yaml:"systems"`
	Lineage    []Edge      `yaml:"lineage"` // what no system tells by itself
	Labels     []Labels    `yaml:"labels"`
	Catalogue  string      `yaml:"catalogue"` // folder of further causes
	Prompts    string      `yaml:"prompts"`   // folder of further prompts
	Runbooks   string      `yaml:"runbooks"`  // folder of the team's runbooks, Markdown
	Heal       Heal        `yaml:"heal"`
	Redact     []RedactOne `yaml:"redact"`
	MCPServers []MCPServer `yaml:"mcp_servers"`
	LLM        LLM         `yaml:"llm"`
	Slack      Slack       `yaml:"slack"`
}

// Store says where everything is kept.
type Store struct {
	Path     string `yaml:"path"`     // a file, or postgres://USER@HOST/DATABASE
	Password Secret `yaml:"password"` // of the database's role
	Anchor   string `yaml:"anchor"`   // file that vouches for a database's audit chain; empty: none

	Keep      Duration `yaml:"keep"`       // how long log records, samples and finished runs are kept; 0: for good
	KeepBytes int      `yaml:"keep_bytes"` // of the whole store: the oldest days go until it fits; 0: no bound
}

// Remote reports whether the store is a database rather than a file.
func (s Store) Remote() bool {
	return strings.HasPrefix(s.Path, "postgres://") || strings.HasPrefix(s.Path, "postgresql://")
}

// Systems are the outside systems, several of each kind.
type Systems struct {
	Airflow  []Airflow  `yaml:"airflow"`
	Postgres []Postgres `yaml:"postgres"`
	AWS      []AWS      `yaml:"aws"`
	Plant    []Plant    `yaml:"plant"`
}

// Airflow is one Airflow 3 (REST API v2).
type Airflow struct {
	Name     string   `yaml:"name"`
	URL      string   `yaml:"url"`
	User     string   `yaml:"user"`
	Password Secret   `yaml:"password"`
	DAGs     []string `yaml:"dags"`     // empty: all
	Backfill Duration `yaml:"backfill"` // how far back the first poll reads
	ReadOnly bool     `yaml:"read_only"`
}

// Postgres is one PostgreSQL database.
type Postgres struct {
	Name        string   `yaml:"name"`
	URL         string   `yaml:"url"` // without the password
	Password    Secret   `yaml:"password"`
	Schemas     []string `yaml:"schemas"`
	RemapSchema string   `yaml:"remap_schema"`
	ReadOnly    bool     `yaml:"read_only"`
}

// AWS is one account and region, read only.
type AWS struct {
	Name      string   `yaml:"name"`
	Region    string   `yaml:"region"`
	Endpoint  string   `yaml:"endpoint"` // empty: AWS itself
	AccessKey Secret   `yaml:"access_key"`
	SecretKey Secret   `yaml:"secret_key"`
	GlueJobs  []string `yaml:"glue_jobs"`  // empty: all
	LogGroups []string `yaml:"log_groups"` // beside those of the jobs
	Backfill  Duration `yaml:"backfill"`
	Act       bool     `yaml:"act"` // false: nothing there is acted on
}

// Plant is a simulated plant served by `pipewright plant`.
type Plant struct {
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
}

// Edge is a piece of lineage.
type Edge struct {
	Up   string `yaml:"up"`
	Down string `yaml:"down"`
}

// Labels adds labels to a resource.
type Labels struct {
	Resource string            `yaml:"resource"`
	Set      map[string]string `yaml:"set"`
}

// Heal is what the loop may do.
type Heal struct {
	Policy           string                       `yaml:"policy"` // planner, runbook
	Rules            []catalogue.Rule             `yaml:"rules"`  // of one's own, tried before the built-in ones
	Modes            []Mode                       `yaml:"modes"`
	VerifiedRuns     map[pipewright.Risk]int      `yaml:"verified_runs"`
	BreakerFails     int                          `yaml:"breaker_fails"`
	Bars             map[pipewright.Risk]float64  `yaml:"bars"`
	HarmBounds       map[pipewright.Risk]float64  `yaml:"harm_bounds"`
	Limits           Limits                       `yaml:"limits"`
	Protected        []string                     `yaml:"protected"`
	Freeze           []Freeze                     `yaml:"freeze"`
	MayApprove       []string                     `yaml:"may_approve"`
	MayPromote       []string                     `yaml:"may_promote"`
	TwoPeople        []string                     `yaml:"two_people"` // R2, postgres.*, R1@prod
	ApprovalTTL      Duration                     `yaml:"approval_ttl"`
	ApprovalExpires  map[pipewright.Risk]Duration `yaml:"approval_expires"` // approval_ttl for one risk class
	ApprovalReminder Duration                     `yaml:"approval_reminder"`
	EscalateTo       []string                     `yaml:"escalate_to"`
	Debounce         Duration                     `yaml:"debounce"`
	Soak             Duration                     `yaml:"soak"`
	PressureWindow   Duration                     `yaml:"pressure_window"`
	MaxAttempts      int                          `yaml:"max_attempts"`
}

// Mode sets a rung for what it matches; the first match wins.
type Mode struct {
	Class  string `yaml:"class"`
	Action string `yaml:"action"`
	Env    string `yaml:"env"`
	Risk   string `yaml:"risk"`
	Rung   string `yaml:"rung"`
}

// Limits bound the loop.
type Limits struct {
	Cooldown  Duration `yaml:"cooldown"`
	PerHour   int      `yaml:"per_hour"`
	AtOnce    int      `yaml:"at_once"`
	MaxRadius int      `yaml:"max_radius"`
}

// Freeze is a weekly window in which nothing runs alone.
type Freeze struct {
	Name   string   `yaml:"name"`
	Days   []string `yaml:"days"`  // mon ... sun; empty: every day
	Start  string   `yaml:"start"` // 22:00, in Zone
	Length Duration `yaml:"length"`
}

// RedactOne is a custom secret pattern (RE2).
type RedactOne struct {
	Kind    string `yaml:"kind"`
	Pattern string `yaml:"pattern"`
}

// Duration is a time.Duration written as "30s" or "10m".
type Duration time.Duration

// UnmarshalText reads "30s".
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return pipewright.Errorf(pipewright.Invalid, "%q is not a duration such as 30s, 10m or 2h", b)
	}
	*d = Duration(v)
	return nil
}

// Secret is where a secret is: in the environment or in a file, never here.
type Secret struct {
	Env  string `yaml:"env"`
	File string `yaml:"file"`

	value string // set by Load
}

// Value is the secret itself. It never prints: the type has no other way out.
func (s Secret) Value() string { return s.value }

// Given reports whether the file refers to a secret at all.
func (s Secret) Given() bool { return s.Env != "" || s.File != "" }

// String hides the value.
func (s Secret) String() string { return "[secret]" }

// GoString hides the value.
func (s Secret) GoString() string { return "[secret]" }

// Format hides the value from every verb, a wrong one too.
func (s Secret) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, s.String()) }

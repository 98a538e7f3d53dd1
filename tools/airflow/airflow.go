// Package airflow is Pipewright's client of one Apache Airflow 3, over its
// published REST API v2: it reads DAGs, runs, task instances and their logs as
// an intake source, probes the scheduler's heartbeat, and declares the actions
// airflow.{retry,backoff_retry,restart,cancel,pause,resume,throttle,release}.
//
// Nothing starts before it is called, no error contains the password or a
// token, and only reads are ever sent twice by the client itself. The seen
// server was 3.3.2; nothing used here is newer than 3.0.
package airflow

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Config says which Airflow and what of it.
type Config struct {
	Name     string            // names the resource airflow:server/<Name>
	URL      string            // http://host:port, with a path when Airflow lives under one; no password in it
	User     string            // needs the rights of Airflow's role Op to act, of Viewer to watch
	Password string            // already resolved
	DAGs     []string          // ids or globs such as "shop_*"; empty: all
	Backfill time.Duration     // how far back the first poll goes; 0: 24 h
	ReadOnly bool              // nothing is acted on: the doctor does not ask for the right to
	LogsPoll int               // task logs read in one poll, the rest waits for the next; 0: 100
	Timeout  time.Duration     // of one call, its answer included; 0: 20 s
	Labels   map[string]string // put on every resource: env, ...
	Now      func() time.Time  // nil: time.Now
}

// Client talks to one Airflow. It is safe for concurrent use.
type Client struct {
	cfg     Config
	base    *url.URL
	http    *http.Client
	retries failsafe.Executor[*http.Response]

	mu    sync.Mutex
	token token
}

// New checks the configuration. It calls nothing and starts nothing.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(cfg.URL, "/"))
	switch {
	case err != nil, base.Host == "", base.Scheme != "http" && base.Scheme != "https":
		return nil, pipewright.Errorf(pipewright.Invalid, "airflow %s: url must be http://host:port or https://host", cfg.Name)
	case base.User != nil:
		return nil, pipewright.Errorf(pipewright.Invalid, "airflow %s: take the password out of url; give user and password apart", cfg.Name)
	case cfg.Name == "" || cfg.User == "" || cfg.Password == "":
		return nil, pipewright.Errorf(pipewright.Invalid, "airflow %s: name, user and password are needed", base.Host)
	}
	for _, g := range cfg.DAGs {
		if _, err := path.Match(g, ""); err != nil {
			return nil, pipewright.Errorf(pipewright.Invalid, "airflow %s: %q is not a pattern of DAG ids", cfg.Name, g)
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Backfill = orDefault(cfg.Backfill, 24*time.Hour)
	cfg.Timeout = orDefault(cfg.Timeout, 20*time.Second)
	cfg.LogsPoll = orDefault(cfg.LogsPoll, 100)
	return &Client{
		cfg: cfg, base: base, retries: retryExecutor(300*time.Millisecond, 3*time.Second),
		http: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}

// Server is the resource that stands for the Airflow itself.
func (c *Client) Server() pipewright.ResourceID {
	return pipewright.NewResourceID("airflow", "server", c.cfg.Name)
}

// Register adds the probe and the actuators.
func (c *Client) Register(r *tools.Registry) error {
	r.AddProbe(c.Heartbeat())
	for _, a := range c.Actuators() {
		if err := r.AddActuator(a); err != nil {
			return err
		}
	}
	return nil
}

// watches reports whether the configuration covers the DAG.
func (c *Client) watches(dag string) bool {
	if len(c.cfg.DAGs) == 0 {
		return true
	}
	for _, g := range c.cfg.DAGs {
		if ok, _ := path.Match(g, dag); ok {
			return true
		}
	}
	return false
}

func dagID(dag string) pipewright.ResourceID {
	return pipewright.NewResourceID("airflow", "dag", dag)
}

func taskID(dag, task string) pipewright.ResourceID {
	return pipewright.NewResourceID("airflow", "task", dag+"."+task)
}

// Package aws is Pipewright's client of one AWS account and region: Glue jobs
// and runs and CloudWatch logs as an intake source, and the actions
// glue.{retry,backoff_retry}. Where it only watches it sends nothing but calls whose
// names begin with Get, Describe and Filter; an action sends StartJobRun, once.
//
// Nothing starts before it is called, no error contains a key, and every call
// has a timeout, a bound on its answer and a bounded number of tries.
package aws

import (
	"context"
	"net/url"
	"path"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	pipewright "github.com/pipewright/pipewright"
)

// Config says which account and region and what of it.
type Config struct {
	Name      string
	Region    string
	Endpoint  string        // empty: AWS itself
	AccessKey string        // already resolved; both keys empty: the SDK's default chain
	SecretKey string        //
	GlueJobs  []string      // names or globs such as "shop_*"; empty: all
	LogGroups []string      // beside those of the jobs' runs
	Backfill  time.Duration // how far back the first poll goes; 0: 24 h
	ReadOnly  bool          // nothing is acted on: the doctor does not ask for what acting needs
	Timeout   time.Duration // of one call with its tries; 0: 20 s
}

// Bounds of one call.
const (
	tries      = 3
	maxBackoff = time.Second
	maxAnswer  = 32 << 20 // bytes
)

// Client talks to one account and region. It is safe for concurrent use.
type Client struct {
	cfg  Config
	glue *glue.Client
	logs *cloudwatchlogs.Client
}

// New checks the configuration. It calls nothing and starts nothing; without
// keys it reads what the SDK's default chain reads from environment and files.
func New(ctx context.Context, cfg Config) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Backfill <= 0 {
		cfg.Backfill = 24 * time.Hour
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 20 * time.Second
	}
	base, err := cfg.sdk(ctx)
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg}
	c.glue = glue.NewFromConfig(base, func(o *glue.Options) { o.BaseEndpoint = cfg.endpoint(o.BaseEndpoint) })
	c.logs = cloudwatchlogs.NewFromConfig(base, func(o *cloudwatchlogs.Options) { o.BaseEndpoint = cfg.endpoint(o.BaseEndpoint) })
	return c, nil
}

func (c Config) check() error {
	bad := func(format string, args ...any) error {
		return pipewright.Errorf(pipewright.Invalid, "aws "+c.Name+": "+format, args...)
	}
	switch {
	case c.Name == "" || c.Region == "" || strings.ContainsAny(c.Region, "/:@ "):
		return bad("name and region are needed, a region such as us-east-1")
	case (c.AccessKey == "") != (c.SecretKey == ""):
		return bad("access_key and secret_key go together; without both the SDK's own chain is used")
	}
	if u, err := url.Parse(c.Endpoint); c.Endpoint != "" &&
		(err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https") {
		return bad("endpoint must be http://host:port or https://host, without a password")
	}
	for _, g := range c.GlueJobs {
		if _, err := path.Match(g, ""); err != nil {
			return bad("%q is not a pattern of job names", g)
		}
	}
	for _, g := range c.LogGroups {
		if _, err := pipewright.ParseResourceID(string(groupID(g))); err != nil || g == "" {
			return bad("%q is not the name of a log group", g)
		}
	}
	return nil
}

// sdk is the configuration that both services share.
func (c Config) sdk(ctx context.Context) (sdk.Config, error) {
	base := sdk.Config{Region: c.Region}
	if c.AccessKey == "" {
		var err error
		if base, err = config.LoadDefaultConfig(ctx, config.WithRegion(c.Region)); err != nil {
			return base, pipewright.Errorf(pipewright.Invalid, "aws %s: read the SDK's own configuration: %s", c.Name, c.safe(err.Error()))
		}
	} else {
		base.Credentials = sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
			return sdk.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey, Source: "pipewright"}, nil
		})
	}
	base.Credentials = chain{base.Credentials}
	base.HTTPClient = limited{base.HTTPClient}.filled()
	base.Retryer = func() sdk.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = tries, maxBackoff })
	}
	return base, nil
}

// endpoint is the configured one, else what the SDK found.
func (c Config) endpoint(found *string) *string {
	if c.Endpoint == "" {
		return found
	}
	return &c.Endpoint
}

// watches reports whether the configuration covers the job.
func (c *Client) watches(job string) bool {
	if len(c.cfg.GlueJobs) == 0 {
		return true
	}
	for _, g := range c.cfg.GlueJobs {
		if ok, _ := path.Match(g, job); ok || g == job {
			return true
		}
	}
	return false
}

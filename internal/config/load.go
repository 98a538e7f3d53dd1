package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/go-viper/mapstructure/v2"

	pipewright "github.com/pipewright/pipewright"
)

// Load reads, completes and checks the file. env looks up the environment.
// Relative paths in it are relative to its own folder. The error, if any, lists
// every fault, one a line, each with its key's path; it never shows a value that
// could be a secret.
func Load(path string, env func(string) string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, pipewright.Errorf(pipewright.NotFound, "read the configuration: %w; deploy/pipewright.example.yaml is one to begin with", err)
	}
	cfg, found := read(raw, filepath.Dir(path), env)
	if len(found) > 0 {
		return cfg, pipewright.Errorf(pipewright.Invalid, "%s has %s:\n  %s", path, count(len(found)), strings.Join(found.lines(), "\n  "))
	}
	return cfg, nil
}

func count(n int) string {
	if n == 1 {
		return "1 fault"
	}
	return fmt.Sprintf("%d faults", n)
}

// read is Load without the file: what raw says over the defaults, with dir as
// the folder of relative paths, and everything that is wrong with it.
func read(raw []byte, dir string, env func(string) string) (Config, faults) {
	cfg := Defaults()
	tree, found := parse(raw)
	if len(found) > 0 {
		return cfg, found
	}
	tree, left := fit(tree)
	if err := decode(tree, &cfg); err != nil {
		left.add("", "it cannot be read") // fit let through what it must not; the text could hold a value
	}
	cfg.anchor(dir)
	later := append(cfg.resolve(env), cfg.check()...)
	return cfg, append(left, later.outside(left)...).placed(raw, "heal.rules")
}

func decode(tree map[string]any, cfg *Config) error {
	dec, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: cfg, TagName: "yaml", DecodeHook: mapstructure.TextUnmarshallerHookFunc(),
		MatchName: func(key, field string) bool { return key == field },
	})
	if err != nil {
		return err
	}
	return dec.Decode(tree)
}

// anchor makes paths relative to the folder of the file.
func (c *Config) anchor(dir string) {
	fix := func(p *string) {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
	if !c.Store.Remote() {
		fix(&c.Store.Path)
	}
	fix(&c.Store.Anchor)
	fix(&c.Catalogue)
	fix(&c.Prompts)
	fix(&c.Runbooks)
	c.secrets(func(_ string, s *Secret) { fix(&s.File) })
}

// secrets walks every secret with its key's path.
func (c *Config) secrets(do func(key string, s *Secret)) {
	do("store.password", &c.Store.Password)
	for i := range c.Systems.Airflow {
		do(fmt.Sprintf("systems.airflow[%d].password", i), &c.Systems.Airflow[i].Password)
	}
	for i := range c.Systems.Postgres {
		do(fmt.Sprintf("systems.postgres[%d].password", i), &c.Systems.Postgres[i].Password)
	}
	for i := range c.Systems.AWS {
		do(fmt.Sprintf("systems.aws[%d].access_key", i), &c.Systems.AWS[i].AccessKey)
		do(fmt.Sprintf("systems.aws[%d].secret_key", i), &c.Systems.AWS[i].SecretKey)
	}
	c.secretsOfMCP(do)
	do("llm.key", &c.LLM.Key)
	do("slack.app_token", &c.Slack.AppToken)
	do("slack.bot_token", &c.Slack.BotToken)
	do("slack.signing_secret", &c.Slack.SigningSecret)
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// resolve reads every secret that the file refers to.
func (c *Config) resolve(env func(string) string) (found faults) {
	c.secrets(func(key string, s *Secret) {
		switch {
		case s.Env != "" && s.File != "":
			found.add(key, "give env or file, not both")
		case s.Env != "" && !variable.MatchString(s.Env): // it may be the secret itself: not shown
			found.add(key+".env", "that is not the name of an environment variable")
		case s.Env != "":
			if s.value = env(s.Env); s.value == "" {
				found.add(key, "the environment has no %s", s.Env)
			}
		case s.File != "":
			var err error
			if s.value, err = secretFile(s.File); err != nil {
				found.add(key, "the file %s %s", s.File, err)
			}
		}
	})
	return found
}

// largestSecret bounds what is read of a secret's file: whatever is larger is
// another file.
const largestSecret = 64 << 10

// secretFile is the content of a file without the white space around it. Its
// errors continue the sentence "the file X ...".
func secretFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", pipewright.Errorf(pipewright.NotFound, "cannot be read")
	}
	defer func() { _ = f.Close() }() // nothing was written
	b, err := io.ReadAll(io.LimitReader(f, largestSecret+1))
	secret := strings.TrimSpace(string(b))
	switch {
	case err != nil:
		return "", pipewright.Errorf(pipewright.NotFound, "cannot be read")
	case len(b) > largestSecret:
		return "", pipewright.Errorf(pipewright.Invalid, "is larger than 64 KiB: that is no secret")
	case secret == "":
		return "", pipewright.Errorf(pipewright.Invalid, "is empty")
	}
	return secret, nil
}

// Secrets lists the values of every secret that the file refers to.
func (c *Config) Secrets() []string {
	var out []string
	c.secrets(func(_ string, s *Secret) {
		if s.value != "" {
			out = append(out, s.value)
		}
	})
	return out
}

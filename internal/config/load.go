package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"

	pipewright "github.com/pipewright/pipewright"
)

// Load reads, completes and checks the file. env looks up the environment.
// Relative paths in it are relative to its own folder. The error, if any, lists
// every fault, one a line, each with its key's path.
func Load(path string, env func(string) string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, pipewright.Errorf(pipewright.NotFound, "read the configuration: %w", err)
	}
	cfg, faults := parse(raw)
	cfg.anchor(filepath.Dir(path))
	faults = append(faults, cfg.resolve(env)...)
	faults = append(faults, cfg.check()...)
	if len(faults) > 0 {
		return cfg, pipewright.Errorf(pipewright.Invalid, "%s has %d fault(s):\n  %s", path, len(faults), strings.Join(faults, "\n  "))
	}
	return cfg, nil
}

// parse decodes the file over the defaults and lists unknown keys and values of
// the wrong type.
func parse(raw []byte) (Config, []string) {
	cfg := Defaults()
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(raw), yaml.Parser()); err != nil {
		return cfg, []string{"it is not YAML: " + oneLine(err)}
	}
	var meta mapstructure.Metadata
	dec, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: &cfg, TagName: "yaml", Metadata: &meta, DecodeHook: mapstructure.TextUnmarshallerHookFunc(),
		MatchName: func(key, field string) bool { return key == field },
	})
	if err != nil {
		return cfg, []string{err.Error()}
	}
	var faults []string
	if err := dec.Decode(k.Raw()); err != nil {
		faults = append(faults, leaves(err)...)
	}
	slices.Sort(meta.Unused)
	for _, key := range meta.Unused {
		faults = append(faults, key+": there is no such key")
	}
	return cfg, faults
}

// leaves splits joined errors into one line each.
func leaves(err error) []string {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, leaves(e)...)
		}
		return out
	}
	return []string{oneLine(err)}
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// anchor makes paths relative to the folder of the file.
func (c *Config) anchor(dir string) {
	fix := func(p *string) {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
	fix(&c.Store.Path)
	fix(&c.Catalogue)
	c.secrets(func(_ string, s *Secret) { fix(&s.File) })
}

// secrets walks every secret with its key's path.
func (c *Config) secrets(do func(key string, s *Secret)) {
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
}

// resolve reads every secret that the file refers to.
func (c *Config) resolve(env func(string) string) (faults []string) {
	c.secrets(func(key string, s *Secret) {
		switch {
		case s.Env != "" && s.File != "":
			faults = append(faults, key+": give env or file, not both")
		case s.Env != "":
			if s.value = env(s.Env); s.value == "" {
				faults = append(faults, fmt.Sprintf("%s: the environment has no %s", key, s.Env))
			}
		case s.File != "":
			b, err := os.ReadFile(s.File)
			if s.value = strings.TrimSpace(string(b)); err != nil || s.value == "" {
				faults = append(faults, fmt.Sprintf("%s: the file %s cannot be read or is empty", key, s.File))
			}
		}
	})
	return faults
}

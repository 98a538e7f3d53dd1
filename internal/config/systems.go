package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// names are those of all systems: resources and metrics are told apart by them.
type names map[string]bool

func (n names) check(f *faults, key, name string) {
	switch {
	case name == "":
		f.add(key+".name", "every system needs a name of its own")
	case n[name]:
		f.add(key+".name", "%q is the name of another system already", name)
	}
	n[name] = true
}

func (c *Config) checkSystems(f *faults) {
	seen := names{}
	c.checkAirflow(f, seen)
	c.checkPostgres(f, seen)
	c.checkAWS(f, seen)
	for i, p := range c.Systems.Plant {
		key := fmt.Sprintf("systems.plant[%d]", i)
		seen.check(f, key, p.Name)
		checkURL(f, key+".url", p.URL, "http")
	}
	if len(seen) == 0 {
		f.add("systems", "name at least one system to watch")
	}
}

func (c *Config) checkAirflow(f *faults, seen names) {
	for i, a := range c.Systems.Airflow {
		key := fmt.Sprintf("systems.airflow[%d]", i)
		if i > 0 { // what is seen in one would be acted on in the other
			f.add(key, "one Airflow a Pipewright: the DAGs of two go by the same names; run a second Pipewright for this one")
		}
		seen.check(f, key, a.Name)
		checkURL(f, key+".url", a.URL, "http", "https")
		if a.User == "" {
			f.add(key+".user", "say as whom to log in")
		}
		if !a.Password.Given() {
			f.add(key+".password", "refer to it with {env: NAME} or {file: PATH}")
		}
		checkBackfill(f, key, a.Backfill)
	}
}

// checkPostgres wants no schema in two databases: their tables would go by the
// same names.
func (c *Config) checkPostgres(f *faults, seen names) {
	watched := map[string]string{}
	for i, p := range c.Systems.Postgres {
		key := fmt.Sprintf("systems.postgres[%d]", i)
		seen.check(f, key, p.Name)
		checkURL(f, key+".url", p.URL, "postgres", "postgresql")
		if len(p.Schemas) == 0 {
			f.add(key+".schemas", "name the schemas to watch")
		}
		for _, schema := range p.Schemas {
			if other, twice := watched[schema]; twice {
				f.add(key+".schemas", "%q is watched in %q already: the tables of two go by the same names; run a second Pipewright for this one", schema, other)
			}
			watched[schema] = p.Name
		}
	}
}

func (c *Config) checkAWS(f *faults, seen names) {
	acting := ""
	for i, a := range c.Systems.AWS {
		key := fmt.Sprintf("systems.aws[%d]", i)
		seen.check(f, key, a.Name)
		if a.Region == "" {
			f.add(key+".region", "say which region, such as eu-central-1")
		}
		if a.Endpoint != "" {
			checkURL(f, key+".endpoint", a.Endpoint, "http", "https")
		}
		if a.AccessKey.Given() != a.SecretKey.Given() {
			f.add(key, "access_key and secret_key go together; without both the SDK's own chain is used")
		}
		checkBackfill(f, key, a.Backfill)
		if a.Act && acting != "" {
			f.add(key+".act", "%q is acted on already: the jobs of two go by the same names; run a second Pipewright for this one", acting)
		}
		if a.Act {
			acting = a.Name
		}
	}
}

func checkBackfill(f *faults, key string, d Duration) {
	if d < 0 {
		f.add(key+".backfill", "must not be negative")
	}
}

// checkURL wants one of the schemes, a host and no secret. Only postgres names
// its user in the URL.
func checkURL(f *faults, key, raw string, schemes ...string) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		f.add(key, "%s is not a URL such as %s://host:port", harmless(raw), schemes[0])
		return
	}
	_, password := u.User.Password()
	for _, name := range []string{"password", "sslpassword"} {
		password = password || u.Query().Has(name)
	}
	switch {
	case password:
		f.add(key, "take the password out of the URL: password: {file: PATH} or {env: NAME}")
	case u.User != nil && schemes[0] != "postgres":
		f.add(key, "take the user out of the URL")
	}
}

// harmless shows a URL that cannot be read, unless it may hold a password.
func harmless(raw string) string {
	if strings.ContainsAny(raw, "@=") || len(raw) > 200 {
		return fmt.Sprintf("this text of %d characters", len(raw))
	}
	return fmt.Sprintf("%q", raw)
}

package postgres

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
)

// IsURL reports whether the place of a store is a PostgreSQL database rather than a file.
func IsURL(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

// connectWithin bounds one attempt to connect, unless the URL says otherwise.
const connectWithin = 10 * time.Second

// parse reads a URL. What is wrong with it is said without repeating it, because it may
// hold a password.
func parse(url string) (*pgx.ConnConfig, error) {
	if !IsURL(url) {
		return nil, pipewright.Errorf(pipewright.Invalid, "the store's URL must begin with postgres://")
	}
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Invalid, "the store's URL cannot be read: write it as postgres://user@host:5432/database?sslmode=require and give the password by PGPASSWORD or a pgpass file")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectWithin
	}
	if cfg.RuntimeParams["application_name"] == "" {
		host, _ := os.Hostname()
		cfg.RuntimeParams["application_name"] = fmt.Sprintf("pipewright %s:%d", host, os.Getpid())
	}
	return cfg, nil
}

// nameOf is what a person calls the database.
func nameOf(cfg *pgx.ConnConfig) string {
	return fmt.Sprintf("postgres://%s:%d/%s", cfg.Host, cfg.Port, cfg.Database)
}

package storetest

import "testing"

func runLimits(t *testing.T, b Backend)        {}
func runPeople(t *testing.T, b Backend)        {}
func runLedgerQueries(t *testing.T, b Backend) {}
func runAudit(t *testing.T, b Backend)         {}
func runKeeping(t *testing.T, b Backend)       {}
func runTelemetry(t *testing.T, b Backend)     {}
func runLogs(t *testing.T, b Backend)          {}
func runBatching(t *testing.T, b Backend)      {}

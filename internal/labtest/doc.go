// Package labtest tests the whole product against real systems: the real binary
// against the lab's PostgreSQL and Airflow (deploy/lab), which it breaks for real,
// and against its stand-in for AWS. It waits for Pipewright to notice by itself,
// approves what it proposes as a person would, and looks into the systems for
// what was done.
//
// Nothing but tests lives here; nobody imports it. A lab must run (make lab,
// make lab-aws), and nothing else may change it meanwhile:
//
//	go test -tags integration -count=1 -v -timeout 30m ./internal/labtest
//
// Without a lab the tests are skipped, or fail when PIPEWRIGHT_REQUIRE_LAB=1.
package labtest

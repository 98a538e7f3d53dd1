// Package killtest tests the promises that only a crash can break: at most
// once, and nothing lost. It runs the real binary against a plant in a process
// of its own, kills the loop with SIGKILL at random moments, and compares what
// the loop's store says with what the plant wrote down.
//
// Nothing but tests lives here; nobody imports it.
//
//	go test ./internal/killtest -run TestKill -kills 200 -seed 7 -count=1 -v
package killtest

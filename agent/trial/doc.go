// Package trial is the experiments: policies against worlds of the gym, with
// baselines and confidence intervals. A trial draws worlds by seed, lets each
// policy live through the same incidents, takes a frozen copy of it at some
// checkpoints and measures that on later incidents of the same world, with the
// same luck for all.
//
// A policy sees a Case, what it has asked and what it has done, and later what
// became of it: never the cause. Only the two ceilings read the world's truth
// (file ceiling.go); a test shuffles the causes' names to see that nothing else
// depends on them. cmd/pipewright runs trials as `simulate` and `bench policy`.
package trial

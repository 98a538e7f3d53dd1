// Package pipewright holds the nouns of Pipewright, an ops agent for data and
// ML pipelines: resources, telemetry, signals, incidents, diagnoses, decisions,
// approvals and answers.
//
// Everything imports this package and it imports only the standard library.
// Nothing here does I/O, reads a clock or rolls dice: values and pure functions
// over values. The incident state machine (Incident.Apply) lives here because
// every store, surface and report must agree on it.
package pipewright

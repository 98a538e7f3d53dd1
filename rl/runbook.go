package rl

// Rule is one line of a runbook: for a fault class, the verbs to try in turn.
type Rule struct {
	Class string   `json:"class"`
	Verbs []string `json:"verbs"`
}

// Runbook is the hand-written rules of a traditional system, in the order of
// the fault classes. A class without a rule is asked about. Cheap and certain
// verbs come first; a verb that cannot help the cause at hand is passed over
// (see hopeless).
var Runbook = []Rule{
	{"schema_drift", []string{"remap", "rollback"}},
	{"data_quality", []string{"quarantine", "reload"}},
	{"transient_network", []string{"backoff_retry", "retry", "restart"}},
	{"persistent_network", []string{"reroute", "backoff_retry", "restart"}},
	{"resource_exhaustion", []string{"scale_up", "tune", "restart"}},
	{"contention", []string{"cancel", "scale_up", "reschedule", "backoff_retry"}},
	{"stuck", []string{"restart", "cancel", "retry"}},
	{"crashed", []string{"restart", "rollback", "fallback"}},
	{"throttled", []string{"throttle", "backoff_retry", "reschedule"}},
	{"credentials", []string{"refresh", "restart"}},
	{"code_or_config", []string{"rollback"}},
	{"upstream_late", []string{"reschedule", "backoff_retry", "restart"}},
	{"model_quality", []string{"rollback", "fallback", "retrain"}},
	{"model_serving", []string{"rollback", "fallback", "restart"}},
	{"drift", []string{"retrain", "fallback"}},
	{"capacity", []string{"release", "scale_up"}},
}

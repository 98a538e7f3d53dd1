package catalogue

// rightProbes are the probes that ask for something right, so that yes is the
// usual answer; the others ask for something wrong.
var rightProbes = map[string]bool{
	"endpoint_reachable": true, "heartbeat_alive": true, "credential_valid": true, "upstream_present": true,
	"data_checks_pass": true, "log_position_held": true, "node_healthy": true,
}

// UsuallyYes reports whether a probe answers yes where all is well.
func UsuallyYes(probe string) bool { return rightProbes[probe] }

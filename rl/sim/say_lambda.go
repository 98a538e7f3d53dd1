package sim

import (
	"fmt"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

func lambdaStart(p *Plant, r *run) {
	p.say(r, pipewright.Info, fmt.Sprintf("START RequestId: %s Version: %d", r.id, p.functionVersion()))
}

func lambdaSuccess(p *Plant, r *run) {
	p.say(r, pipewright.Info, "END RequestId: "+r.id)
	p.say(r, pipewright.Info, lambdaReport(p, r, ""))
}

func lambdaFailure(p *Plant, r *run, f failure) {
	if text := lambdaError(p, r, f); text != "" && !f.quiet {
		p.say(r, pipewright.Err, text)
	}
	p.say(r, pipewright.Info, "END RequestId: "+r.id)
	status := " Status: error Error Type: Runtime.ExitError"
	switch {
	case f.quiet:
		status = " Status: error"
	case f.code == outOfMemory:
		status = " Status: error Error Type: Runtime.OutOfMemory"
	case f.code == oldCode:
		status = " Status: error Error Type: Runtime.HandlerError"
	case f.code == unreachable, f.code == flaky:
		status = " Status: timeout"
	}
	p.say(r, pipewright.Err, lambdaReport(p, r, status))
}

func lambdaReport(p *Plant, r *run, status string) string {
	ms := float64(p.now.Sub(r.started).Milliseconds())
	m := r.job.memory
	limit := int(m.limit * m.unit)
	used := int(m.usedMB(r))
	if strings.Contains(status, "OutOfMemory") {
		used = limit
	}
	return fmt.Sprintf("REPORT RequestId: %s Duration: %.2f ms Billed Duration: %.0f ms Memory Size: %d MB Max Memory Used: %d MB%s", r.id, ms, ms, limit, used, status)
}

func lambdaError(p *Plant, r *run, f failure) string {
	switch f.code {
	case outOfMemory:
		return fmt.Sprintf("RequestId: %s Error: Runtime exited with error: signal: killed", r.id)
	case unreachable:
		return p.oneOf(r, fmt.Sprintf("%s Task timed out after 30.03 seconds", r.id),
			fmt.Sprintf("[ERROR] OperationalError: connection to server at %q failed: Connection timed out\n%s", p.host(f.at), pyTrace("handler", "lookup", "conn = connect(dsn)")),
			"[ERROR] ConnectionResetError: [Errno 104] Connection reset by peer\n"+pyTrace("handler", "lookup", "cur.execute(sql, ids)"))
	case flaky:
		return fmt.Sprintf("%s Task timed out after 30.03 seconds", r.id)
	case oldCode:
		return "[ERROR] KeyError: 'channel'\n" + pyTrace("handler", "handle", "out['channel'] = event['channel']")
	}
	return ""
}

func lambdaShort(p *Plant, r *run, f failure) string {
	if f.quiet {
		return "Unhandled"
	}
	if f.code == outOfMemory {
		return "Runtime exited with error: signal: killed"
	}
	return firstLine(lambdaError(p, r, f))
}

func (p *Plant) functionVersion() int {
	if p.function.back {
		return p.function.version - 1
	}
	return p.function.version
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}

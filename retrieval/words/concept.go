package words

import "strings"

// families lists words of one meaning in operations, a line each; the first is its name.
const families = `
failure: fail failed failure error exception fatal abort crash broke broken unsuccessful wrong problem issue fault bad unable cannot reject refuse invalid illegal
finish: finish complete done end succeed success successful commit close
begin: start begin launch boot open create init initialize spawn submit
halt: stop kill terminate shutdown exit cancel disconnect interrupt preempt evict
connection: connect connection reach reachable session link socket channel handshake network peer
identity: authentication auth password login credential permission deny unauthorized forbidden access user account identity token secret key expire
duration: long duration took take elapse second millisecond ms minute hour time timeout slow latency lag delay late wait stuck hang
size: size length len large big byte kb mb gb memory capacity heap oom free estimate small space disk storage
amount: many number count total amount quantity rate percent
address: ip address addr location where host server machine node origin source src destination dest dst target sender receiver site come go
absent: lost missing absent unavailable unreachable vanish gone drop delete remove unlink purge evict erase
change: change rename alter modify update migrate schema column type mismatch version deploy release rollback
retry: retry attempt again backoff repeat recompute recalculate
throttle: throttle limit quota exceed overload saturate pressure burst backlog queue contention lock deadlock
storing: store save write persist put upload output copy replicate replica backup
place: file path directory dir folder subdirectory filename
serving: serve send give deliver transmit forward transfer offer
proof: verify verification check checksum valid validate validation digest integrity pass
reading: read load fetch get download input receive retrieve
compute: compute calculate process execute run evaluate perform
`

var concepts = func() map[string]string {
	m := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(families), "\n") {
		name, list, _ := strings.Cut(line, ":")
		for _, w := range strings.Fields(list) {
			m[Stem(w)] = name
		}
	}
	return m
}()

// Concept is the family of meaning that a stem belongs to, empty when none is known.
func Concept(stem string) string { return concepts[stem] }

package redact

import "strings"

const (
	dashes    = "-----"
	blockOpen = dashes + "BEGIN "
	blockEnd  = dashes + "END "
)

var (
	breakBytes  = bytesOf(" \t\r\n\\")
	headerBytes = bytesOf("\r\n\\").not()
)

func blockRules() []rule {
	return []rule{{kind: "private_key", label: "private_key", also: []string{"gcp_service_account_key"},
		anchors: []anchor{exact(blockOpen)}, find: findBlock},
		{kind: "private_key", label: "private_key", anchors: []anchor{exact(blockEnd)}, find: findBlockTail, reaches: true},
		{kind: "private_key", label: "private_key", find: findBareKey, anchors: []anchor{
			exact("MII").after(gapBytes), exact("MHcCAQEE").after(gapBytes), exact("MIGHAgEAMBMG").after(gapBytes), exact("b3BlbnNzaC1rZXktdjE").after(gapBytes)}}}
}

// findBlock covers a PEM, OpenSSH or PGP private key (RFC 7468) from its first
// line to its last, whether its line ends are real or escaped. When the last line is cut
// off, it covers what still looks like the body.
func findBlock(s string, at, end int) span {
	title := strings.Index(s[end:min(len(s), end+64)], dashes)
	if title < 0 || !strings.Contains(s[end:end+title], "PRIVATE KEY") {
		return span{}
	}
	f := span{start: at, kind: "private_key"}
	if strings.Contains(s[max(0, at-64):at], `private_key`) {
		f.kind = "gcp_service_account_key"
	}
	body := end + title + len(dashes)
	stop := strings.Index(s[body:], dashes)
	if stop < 0 || !strings.HasPrefix(s[body+stop:], blockEnd) {
		f.end = cutBlock(s, body)
		return f
	}
	tail := body + stop + len(blockEnd)
	f.end = tail
	if last := strings.Index(s[tail:min(len(s), tail+64)], dashes); last >= 0 {
		f.end = tail + last + len(dashes)
	}
	return f
}

// cutBlock is the end of the body of a block without its last line: lines of
// base64, and the header lines of an encrypted key.
func cutBlock(s string, body int) int {
	end := body
	for i := body; i < len(s) && i-body < 1<<15; {
		i = run(s, i, breakBytes, 64)
		if i > body && s[i-1] == '\\' && i < len(s) && (s[i] == 'n' || s[i] == 'r') {
			i++
			continue
		}
		stop := run(s, i, base64Bytes, 1<<15)
		header := strings.HasPrefix(s[i:], "Proc-Type:") || strings.HasPrefix(s[i:], "DEK-Info:")
		if header {
			stop = run(s, i, headerBytes, 128)
		}
		if !header && stop-i < 20 && stop < len(s) || stop == i {
			break
		}
		i, end = stop, stop
	}
	return end
}

// findBlockTail covers the end of a private key whose beginning was cut off: lines of base64 before
// its last line.
func findBlockTail(s string, at, end int) span {
	title := strings.Index(s[end:min(len(s), end+64)], dashes)
	if title < 0 || !strings.Contains(s[end:end+title], "PRIVATE KEY") {
		return span{}
	}
	from := at
	for i := at; i > 0 && at-i < 1<<15; {
		i = runBack(s, lineStart(s, i), breakBytes, 64)
		start := runBack(s, i, base64Bytes, 1<<10)
		if i-start < 4 || from < at && i-start < 40 {
			break
		}
		i, from = start, start
	}
	return span{start: from, end: end + title + len(dashes)}
}

// lineStart steps back over the n or r of an escaped line end.
func lineStart(s string, i int) int {
	for i >= 2 && (s[i-1] == 'n' || s[i-1] == 'r') && s[i-2] == '\\' {
		i -= 2
	}
	return i
}

// findBareKey covers a private key without the lines around it, as environments and connection settings hold
// one: base64 of DER (RFC 5208, 8017, 5915) or of OpenSSH's format.
func findBareKey(s string, at, end int) span {
	stop := run(s, at, base64Bytes, 1<<15)
	if head := s[at:min(stop, at+48)]; s[end-1] == 'I' && !strings.Contains(head, "IBAAKC") && !strings.Contains(head, "IBADANBgkqhkiG9w0BAQEFAASC") {
		return span{}
	}
	if stop-at < 64 {
		return span{}
	}
	for stop < len(s) && stop-at < 1<<15 {
		next := run(s, stop, breakBytes, 16)
		end := run(s, next, base64Bytes, 1<<10)
		if strings.IndexByte(s[stop:next], '\n') < 0 || end-next < 40 && (end < len(s) || s[end-1] != '=') {
			break
		}
		stop = end
	}
	return span{start: at, end: stop}
}

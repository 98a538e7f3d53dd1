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
		anchors: []anchor{exact(blockOpen)}, find: findBlock}}
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

package template

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMask(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"a sentence":                      {"shutdown complete", "shutdown complete"},
		"numbers":                         {"took -17 of 3.5e-7 in 12", "took * of * in *"},
		"a number with a unit of time":    {"after 900ms", "after *ms"},
		"an amount of data":               {"read 12MB", "read *"},
		"hexadecimals":                    {"at 0x1feaa260, id 003a90fc", "at *, id *"},
		"a UUID":                          {"instance b9000564-fe1a-409b-b8cc-1e88b294cd1d", "instance *"},
		"an address with a port":          {"from /10.10.34.11:45307", "from /*:*"},
		"a host with a port":              {"retry db-7.internal.example.net:5432", "retry *:*"},
		"a host of two parts with a port": {"retry shop.org:443 now", "retry *:* now"},
		"a line of source code":           {"at load.py:443 now", "at load.py:* now"},
		"a mail address":                  {"from=<ann.lee@shop.org> for bob+x@mail.shop.org.", "from=<*> for *."},
		"a name before its address":       {"worker-41/10.1.2.3:9000", "*/*:*"},
		"a hardware address":              {"via fe:52:9F:16:e2:23", "via *"},
		"an IPv6 address":                 {"on FE80:0000:0000:0000:C6B3:01FF:FECD:467F", "on *"},
		"an identifier keeps its stem":    {"attempt_1445144423722_0020_m_000000_0", "attempt_*"},
		"a negative identifier":           {"blk_-1608999687919862906", "blk_*"},
		"a name with a digit stays":       {"tty2 ssh2 L3 Log4jLogger", "tty2 ssh2 L3 Log4jLogger"},
		"a version":                       {"v1.4.1 started", "v* started"},
		"a path":                          {"open /var/log/x.log: gone", "open *: gone"},
		"a path on a drive":               {`load C:\Windows\x86\a.dll now`, "load * now"},
		"words between slashes stay":      {"read/write of tree/torus", "read/write of tree/torus"},
		"a URL with a number":             {"to hdfs://10.1.1.1:9000/a,b then", "to hdfs://* then"},
		"a URL without":                   {"see http://example.org/help", "see http://example.org/help"},
		"a request line":                  {`"GET /v2/5/x?a=1&b=2 HTTP/1.1" 200`, `"GET * HTTP/*" *`},
		"a list without spaces":           {"10.1.1.1,10.1.1.2 joined", "* joined"},
		"a date as people write it":       {"at Fri Jun 17 07:07:00 2005", "at *:*:*"},
		"a month is no date alone":        {"May the Sun", "May the Sun"},
		"minutes and seconds":             {"lifetime 00:01", "lifetime *"},
		"less than an amount":             {"lifetime <1 sec", "lifetime *"},
		"brackets around a number":        {"switch<0>(0x0)", "switch<*>(*)"},
		"keys and values":                 {"uid=0 ruser= x=1", "uid=* ruser= x=*"},
		"fields with hashes":              {"steps=15##7##12", "steps=*##*##*"},
		"bytes that are no text":          {"a\x00b \xff\xfe 7", "a b \xff\xfe *"},
		"a full stop after an identifier": {"job_12_3.", "job_*."},
		"an object as Java prints it":     {"org.x.Server@33557fe4", "org.x.Server@*"},
		"nothing":                         {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := mask(nil, []byte(c.in))
			require.Equal(t, c.want, strings.ReplaceAll(string(got), holeText, "*"))
		})
	}
}

func FuzzMask(f *testing.F) {
	f.Add([]byte("at Fri Jun 17 07:07:00 2005 C:\\a 1:2::3 <1 sec //x ..1"))
	f.Fuzz(func(t *testing.T, line []byte) {
		shape := string(mask(nil, line))
		toks := tokenise(shape)
		if len(toks) > 0 {
			render(toks)
		}
		fillings(string(line), shape)
	})
}

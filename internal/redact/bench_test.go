package redact

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func benchmark(b *testing.B, line string) {
	r := newRedactor(b)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		r.Text(line)
	}
}

const ordinaryLine = "[2026-11-20T09:58:13.123+0000] {taskinstance.py:1768} INFO - stage 3 of 7 of orders.load wrote 48213 rows to s3://raw/orders in 2.31 s"

func BenchmarkOrdinaryLine(b *testing.B) { benchmark(b, ordinaryLine) }

func BenchmarkLineThatSpeaksOfTokens(b *testing.B) {
	benchmark(b, ordinaryLine+"; user authentication token refreshed")
}

func BenchmarkLineWithAPassword(b *testing.B) { benchmark(b, ordinaryLine+" password=abcdef123") }

func BenchmarkTenMegabyteLine(b *testing.B) {
	benchmark(b, strings.Repeat(ordinaryLine+" ", 10<<20/len(ordinaryLine)))
}

func BenchmarkTenMegabyteLineOfPasswords(b *testing.B) {
	benchmark(b, strings.Repeat("password=abcdef123 ", 10<<20/19))
}

func BenchmarkOrdinaryLineWithKnownValues(b *testing.B) {
	r := newRedactor(b)
	m := newMaker(5)
	for range 50 {
		r.Remember("db_password", m.password())
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Text(ordinaryLine)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		newRedactor(b)
	}
}

// BenchmarkHostileLine repeats anchors that never become a value. A line ten
// times as long must run at the same MB/s: the time is linear in the line.
func BenchmarkHostileLine(b *testing.B) {
	for _, piece := range []string{"sk-", "token:", "eyJ.", "://", "password=\"", "-----BEGIN RSA PRIVATE KEY-----", "@", "secret", "4111 ", "a@", "token=arn:", "[redacted:", "eyJaaaaaaaaaa.e", "GB82 ", "ssn ", "\\\"password\\\":", "sig="} {
		for _, n := range []int{100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", piece, n), func(b *testing.B) { benchmark(b, strings.Repeat(piece, n/len(piece))) })
		}
	}
}

// BenchmarkPublicLines redacts the logs of loghub, when PIPEWRIGHT_DATA names a folder that holds
// loghub: logs that have no secrets.
func BenchmarkPublicLines(b *testing.B) {
	paths, _ := filepath.Glob(filepath.Join(os.Getenv("PIPEWRIGHT_DATA"), "loghub", "*", "*_2k.log"))
	if os.Getenv("PIPEWRIGHT_DATA") == "" || len(paths) == 0 {
		b.Skip("PIPEWRIGHT_DATA names no folder that holds loghub")
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		lines := strings.Split(strings.TrimRight(string(raw), "\r\n"), "\n")
		b.Run(filepath.Base(filepath.Dir(path)), func(b *testing.B) {
			r, hidden, n := newRedactor(b), 0, 0
			for _, l := range lines {
				_, found := r.Text(l)
				hidden += found
			}
			b.ReportAllocs()
			for b.Loop() {
				r.Text(lines[n%len(lines)])
				n++
			}
			b.ReportMetric(float64(hidden)*1000/float64(len(lines)), "hidden/1000-lines")
		})
	}
}

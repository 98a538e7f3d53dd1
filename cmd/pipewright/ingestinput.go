package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"

	"golang.org/x/text/encoding/unicode"

	pipewright "github.com/pipewright/pipewright"
)

// openInput opens a file as UTF-8, unpacked if it is gzip, or the standard input.
func openInput(path string, stdin io.Reader) (io.Reader, io.Closer, error) {
	if path == "-" {
		in, err := unpacked("the standard input", stdin)
		return in, io.NopCloser(stdin), err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, pipewright.Errorf(pipewright.NotFound, "open it: %w", err)
	}
	in, err := unpacked(path, f)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return in, f, nil
}

// unpacked is the text of a file: gzip is unpacked, UTF-16 becomes UTF-8.
func unpacked(path string, f io.Reader) (io.Reader, error) {
	r := bufio.NewReader(f)
	if magic, _ := r.Peek(2); string(magic) != "\x1f\x8b" {
		return decoded(r), nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Invalid, "unpack %s: %w", path, err)
	}
	return decoded(bufio.NewReader(z)), nil
}

// decoded is the text as UTF-8 without a byte order mark. UTF-16 is known by that mark, or by
// a zero in every other byte, which no other text has.
func decoded(r *bufio.Reader) io.Reader {
	head, _ := r.Peek(headBytes) // what cannot be read is told by reading
	switch {
	case len(head) >= 3 && string(head[:3]) == "\xef\xbb\xbf":
		_, _ = r.Discard(3) // they are in the buffer
		return r
	case len(head) >= 2 && string(head[:2]) == "\xff\xfe", zeros(head, 1):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(r)
	case len(head) >= 2 && string(head[:2]) == "\xfe\xff", zeros(head, 0):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Reader(r)
	}
	return r
}

// zeros reports whether nearly every other byte is zero, from one on, and nearly none of
// those between.
func zeros(head []byte, from int) bool {
	if len(head) < 8 {
		return false
	}
	n, other := 0, 0
	for i, c := range head {
		if c == 0 && i%2 == from {
			n++
		} else if c == 0 {
			other++
		}
	}
	return n*10 > len(head)/2*9 && other*50 < len(head)
}

// binary reports whether the beginning of a file is no text in any encoding we read.
func binary(head []byte) bool {
	odd := 0
	for _, c := range head {
		if c == 0 || c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != 0x1b && c != '\f' && c != '\b' {
			odd++
		}
	}
	return odd*10 > len(head)
}

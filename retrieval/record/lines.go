package record

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// MaxLine is how many bytes of a line are kept. A longer one is cut where a word ends,
// so that no secret is cut in two and then not known for one.
const MaxLine = 256 << 10

// lastWord is how far back from MaxLine the end of a word is looked for.
const lastWord = 8 << 10

// Lines reads lines of any length in constant memory.
type Lines struct {
	r    *bufio.Reader
	line []byte
	cut  bool
	read int64
	err  error
}

// NewLines reads from r.
func NewLines(r io.Reader) *Lines {
	return &Lines{r: bufio.NewReaderSize(r, 256<<10)}
}

// Next reads the next line; Line and Cut tell of it. It returns false at the end
// and when reading failed, which Err tells apart.
func (l *Lines) Next() bool {
	if l.err != nil {
		return false
	}
	l.line, l.cut = l.line[:0], false
	part, err := l.r.ReadSlice('\n')
	l.read += int64(len(part))
	if err == nil { // the usual case: no copy
		l.line = trimEnd(part)
		return true
	}
	return l.long(part, err)
}

// long reads the rest of a line that does not end in the buffer.
func (l *Lines) long(part []byte, err error) bool {
	line := append([]byte(nil), part...)
	for errors.Is(err, bufio.ErrBufferFull) {
		part, err = l.r.ReadSlice('\n')
		l.read += int64(len(part))
		room := MaxLine - len(line)
		l.cut = l.cut || len(part) > room
		line = append(line, part[:min(room, len(part))]...)
	}
	if err != nil {
		l.err = err
	}
	if l.cut {
		if i := bytes.LastIndexAny(line[MaxLine-lastWord:], " \t,;\"'&|<>(){}[]\\"); i >= 0 {
			line = line[:MaxLine-lastWord+i]
		}
	}
	l.line = trimEnd(line)
	return err == nil || len(line) > 0
}

// Line is the line without its end, valid until Next is called.
func (l *Lines) Line() []byte { return l.line }

// Cut reports whether the line was longer than MaxLine.
func (l *Lines) Cut() bool { return l.cut }

// Read is how many bytes were read, line ends included.
func (l *Lines) Read() int64 { return l.read }

// Err is what stopped the reading, nil at the end of the input.
func (l *Lines) Err() error {
	if errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}

// ended reports whether there is nothing more to read.
func (l *Lines) ended() bool { return errors.Is(l.err, io.EOF) }

func trimEnd(s []byte) []byte {
	for len(s) > 0 && (s[len(s)-1] == '\n' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

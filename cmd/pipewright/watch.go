package main

import (
	"fmt"
	"os"

	"golang.org/x/term"

	pipewright "github.com/pipewright/pipewright"
)

// watch shows what is done for a question on the error output, when that is a terminal: one
// line that is written over, and gone after done.
func (p program) watch() (see func(pipewright.Progress), done func()) {
	f, ok := p.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || p.env("TERM") == "dumb" {
		return nil, func() {}
	}
	most := 78
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 4 {
		most = width - 2
	}
	return func(s pipewright.Progress) {
		line := []rune("… " + s.Text)
		if len(line) > most {
			line = append(line[:most-1], '…')
		}
		fmt.Fprintf(f, "\r\x1b[K%s", string(line))
	}, func() { fmt.Fprint(f, "\r\x1b[K") }
}

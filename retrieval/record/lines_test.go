package record_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/retrieval/record"
)

func TestLines(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"nothing":                    {"", nil},
		"a last line without an end": {"a\nb", []string{"a", "b"}},
		"both line ends":             {"a\r\nb\n", []string{"a", "b"}},
		"empty lines stay":           {"a\n\nb\n", []string{"a", "", "b"}},
		"bytes that are no text":     {"\xff\x00\xfe\nb\n", []string{"\xff\x00\xfe", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(iotest.OneByteReader(strings.NewReader(c.in)))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestALongLineIsCutAndTheNextOneIsWhole(t *testing.T) {
	in := io.MultiReader(io.LimitReader(repeat('x'), 5<<20), strings.NewReader("\nnext\n"))
	l := record.NewLines(in)
	require.True(t, l.Next())
	require.True(t, l.Cut())
	require.Len(t, l.Line(), record.MaxLine)
	require.True(t, l.Next())
	require.False(t, l.Cut())
	require.Equal(t, "next", string(l.Line()))
	require.False(t, l.Next())
	require.NoError(t, l.Err())
}

func TestAReaderThatFailsIsReported(t *testing.T) {
	got, err := read(io.MultiReader(strings.NewReader("a\nhalf"), iotest.ErrReader(errors.New("gone"))))
	require.EqualError(t, err, "gone")
	require.Equal(t, []string{"a", "half"}, got)
}

func read(r io.Reader) ([]string, error) {
	l := record.NewLines(r)
	var out []string
	for l.Next() {
		out = append(out, string(l.Line()))
	}
	return out, l.Err()
}

type repeat byte

func (b repeat) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte{byte(b)}, len(p)))
	return len(p), nil
}

package retrieval_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/retrieval"
)

// asked is a statement of a made-up store of chunks, with the questions that its lines
// answer, in words that are not always the line's. {c} is a chunk, {a} an address, {n} a number.
var asked = []struct {
	line      string
	questions []string
}{
	{"Taking chunk {c} src: /{a}:{n} dst: /{a}:50010", []string{"What is the source address of chunk {c}?", "Which destination does chunk {c} go to?", "What port does the source of {c} use?"}},
	{"Took chunk {c} of length {n} from /{a}", []string{"How long is chunk {c} that was taken?", "What is the size of the received chunk {c}?"}},
	{"{a}:50010 Gave chunk {c} to /{a}", []string{"Who was chunk {c} given to?", "Which address served chunk {c}?", "To which host was chunk {c} sent?"}},
	{"Acker {n} for chunk {c} is done", []string{"Which acker is done for chunk {c}?", "Is the acker of {c} finished?"}},
	{"CHUNK Directory.holders: {a}:50010 now holds {c} length {n}", []string{"Who holds {c} according to the directory?", "Which holder was noted for chunk {c}?"}},
	{"Unlinking chunk {c} file /mnt/store/current/subdir{n}/{c}", []string{"Which file is unlinked for chunk {c}?", "What path did {c} have when it was deleted?", "In which directory was the removed chunk {c}?"}},
	{"Checksum good for {c}", []string{"Was the checksum of {c} good?", "Did {c} pass verification?"}},
	{"CHUNK tell {a}:50010 to copy {c} to store(s) {a}:50010", []string{"Which store must copy {c}?", "To which store shall {c} be replicated?"}},
}

func TestQuestionsFindTheLineThatAnswers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	write := func(line, chunk string) string {
		line = strings.ReplaceAll(line, "{c}", chunk)
		for strings.Contains(line, "{a}") {
			line = strings.Replace(line, "{a}", fmt.Sprintf("10.250.%d.%d", r.IntN(20), r.IntN(250)), 1)
		}
		return strings.ReplaceAll(line, "{n}", strconv.Itoa(r.IntN(60_000)))
	}
	x := retrieval.NewIndex()
	answers := map[string]string{}
	var questions []string
	for range 400 {
		chunk := fmt.Sprintf("blk_%d", r.Int64())
		for _, k := range r.Perm(len(asked))[:1+r.IntN(4)] {
			s := asked[k]
			line := write(s.line, chunk)
			require.NoError(t, x.Add(retrieval.Document{ID: strconv.Itoa(x.Len()), Kind: retrieval.KindLog, Text: line, Meaning: s.line}))
			if r.IntN(4) == 0 {
				q := strings.ReplaceAll(s.questions[r.IntN(len(s.questions))], "{c}", chunk)
				answers[q], questions = line, append(questions, q)
			}
		}
	}
	found := 0
	for _, q := range questions {
		hits, err := x.Search(retrieval.Query{Text: q, Limit: 1})
		require.NoError(t, err)
		if len(hits) > 0 && hits[0].Document.Text == answers[q] {
			found++
		}
	}
	t.Logf("%d of %d", found, len(questions))
	require.Greater(t, float64(found)/float64(len(questions)), 0.9)
}

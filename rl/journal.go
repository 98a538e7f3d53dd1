package rl

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ReadEpisodes reads a log of episodes, one JSON object a line. A log that is
// cut off or damaged gives the episodes before that and an error that says
// where: what was learned up to there is still good.
func ReadEpisodes(r io.Reader) ([]Episode, error) {
	var log []Episode
	in := bufio.NewReader(r)
	for line := 1; ; line++ {
		text, err := in.ReadBytes('\n')
		if len(text) > 0 && text[0] != '\n' {
			var e Episode
			if bad := json.Unmarshal(text, &e); bad != nil {
				return log, fmt.Errorf("read the log of episodes: line %d is cut off or damaged; the %d episodes before it were read", line, len(log))
			}
			log = append(log, e)
		}
		if errors.Is(err, io.EOF) {
			return log, nil
		}
		if err != nil {
			return log, fmt.Errorf("read the log of episodes: line %d: %w", line, err)
		}
	}
}

// WriteEpisodes writes a log that ReadEpisodes reads.
func WriteEpisodes(w io.Writer, log []Episode) error {
	out := json.NewEncoder(w)
	for _, e := range log {
		if err := out.Encode(e); err != nil {
			return fmt.Errorf("write episode %s: %w", e.ID, err)
		}
	}
	return nil
}

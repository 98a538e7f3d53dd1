package tui

// history goes through the lines typed before. What was being typed is kept as the
// newest.
type history struct {
	lines []string // oldest first
	back  int      // how far back; 0: what is being typed
	draft string
}

func (h *history) add(text string) {
	if n := len(h.lines); text != "" && (n == 0 || h.lines[n-1] != text) {
		h.lines = append(h.lines, text)
	}
	h.back, h.draft = 0, ""
}

// older is the line before the one shown.
func (h *history) older(shown string) string {
	if h.back == 0 {
		h.draft = shown
	}
	if h.back < len(h.lines) {
		h.back++
	}
	return h.shown()
}

func (h *history) newer(shown string) string {
	if h.back == 0 {
		return shown
	}
	h.back--
	return h.shown()
}

func (h *history) shown() string {
	if h.back == 0 {
		return h.draft
	}
	return h.lines[len(h.lines)-h.back]
}

package ask

// The exchanges with the model.

// converse goes back and forth until the model answers in the agreed form.
func (m *thought) converse() (draft, string) {
	final, asked := false, 0
	for {
		if last := m.used.Calls >= m.limits.Calls-1 || m.scarce(); last {
			final = true
		}
		reply, why := m.chat(Prompt{Messages: m.messages, Tools: m.offered, Schema: m.schema(final), Final: final, MaxTokens: 2000, OnText: m.listen()})
		if why != "" {
			return draft{}, why
		}
		if len(reply.Calls) == 0 && !final {
			reply.Calls = callsInText(reply.Text, m.hasTool)
		}
		if len(reply.Calls) > 0 && !final {
			final = !m.read(reply)
			continue
		}
		if d, ok := readDraft(reply.Text); ok {
			return d, ""
		}
		if asked++; asked > 1 {
			return draft{}, nonsense(reply)
		}
		final = true
		m.messages = append(m.messages, Message{Role: Assistant, Text: headAndTail(orDash(reply.Text), 500)},
			Message{Role: User, Text: "Reply now with the one JSON object described above, and nothing else. Call no tool."})
	}
}

func nonsense(r Reply) string {
	switch {
	case r.Finish == FinishFilter:
		return "its provider's filter stopped it"
	case r.Finish == FinishLength:
		return "its answer was cut off"
	case r.Text == "" && len(r.Calls) == 0:
		return "it returned nothing"
	case len(r.Calls) > 0:
		return "it kept calling tools instead of answering"
	}
	return "it did not answer in the agreed form"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// schema is the strict form of the answer. A small model's server often cannot hold it
// against tool calls, so it comes with the last prompt only.
func (m *thought) schema(final bool) []byte {
	if m.limits.Small && !final {
		return nil
	}
	return answerSchema
}

func (m *thought) hasTool(name string) bool {
	_, ok := m.tool(name)
	return ok
}

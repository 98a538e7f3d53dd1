package slackfake

import "strings"

func (s *Server) view(c call, kind string) (View, error) {
	raw, _ := c.structure("view").(map[string]any)
	blocks, _ := raw["blocks"].([]any)
	text := func(name string) string { t, _ := raw[name].(string); return t }
	v := View{ID: s.id("V"), Blocks: blocks, Callback: text("callback_id"), Private: text("private_metadata")}
	faults := Limits(blocks, 100)
	if text("type") != kind {
		faults = append(faults, "the view is a "+text("type"))
	}
	if kind == "modal" {
		title, _ := raw["title"].(map[string]any)
		if t, _ := title["text"].(string); len([]rune(t)) > 24 || t == "" {
			faults = append(faults, "the title "+t+" is not of 1 to 24 characters")
		}
	}
	if len(v.Private) > 3000 {
		faults = append(faults, "the private metadata is too long")
	}
	if len(faults) > 0 {
		s.violate("%s: %s", c.method, strings.Join(faults, "; "))
		return v, slackError("invalid_arguments")
	}
	return v, nil
}

func (s *Server) openView(c call) (map[string]any, error) {
	trigger := c.text("trigger_id")
	if !s.triggers[trigger] {
		return nil, slackError("expired_trigger_id")
	}
	v, err := s.view(c, "modal")
	if err != nil {
		return nil, err
	}
	delete(s.triggers, trigger)
	s.modals = append(s.modals, v)
	return map[string]any{"view": map[string]any{"id": v.ID}}, nil
}

func (s *Server) publishView(c call) (map[string]any, error) {
	v, err := s.view(c, "home")
	if err != nil {
		return nil, err
	}
	v.User = c.text("user_id")
	s.homes[v.User] = v
	return map[string]any{"view": map[string]any{"id": v.ID}}, nil
}

func (s *Server) updateView(c call) (map[string]any, error) {
	v, err := s.view(c, "modal")
	if err != nil {
		return nil, err
	}
	for i := range s.modals {
		if s.modals[i].ID == c.text("view_id") {
			v.ID = s.modals[i].ID
			s.modals[i] = v
			return map[string]any{"view": map[string]any{"id": v.ID}}, nil
		}
	}
	return nil, slackError("not_found")
}

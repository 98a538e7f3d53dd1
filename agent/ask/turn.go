package ask

import (
	"context"
	"errors"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/prompts"
	"github.com/pipewright/pipewright/tools"
)

// turn is one question while it is answered.
type turn struct {
	a       *Asker
	ctx     context.Context
	q       pipewright.Question
	now     time.Time // in the asker's zone
	world   world
	series  []pipewright.SeriesName
	r       *reading
	intent  pipewright.Intent
	prev    state
	next    state
	ans     pipewright.Answer
	lines   []string
	cited   map[string]string      // evidence by content, to its id
	page    int                    // how often more was asked for
	also    *reading               // that wish, when it only asks
	second  string                 // another wish that was seen in the message
	why     string                 // the reason given for a decision
	own     string                 // the message, without other people's words and the reason
	tongue  *tongue                // the language of the question; nil: English
	misread bool                   // a wish in another language, which was not taken
	told    *[]pipewright.Progress // to whoever looks on
	asked   string                 // the text as it was typed
	task    *prompts.Rendered      // the template it was asked through; nil: none
	done    bool                   // answered before anything was looked up
}

// call runs a read tool within the budget and records it.
func (t *turn) call(name string, args map[string]any) (tools.Result, error) {
	if len(t.ans.ToolCalls) >= t.a.deps.Budget.Calls {
		t.gap("the budget of %d tool calls was used up, so not everything was read", t.a.deps.Budget.Calls)
		return tools.Result{Empty: "not read: the budget was used up"}, nil
	}
	tool, ok := t.a.deps.Tools.Tool(name)
	if !ok {
		return tools.Result{}, pipewright.Errorf(pipewright.Internal, "the tool %s is not registered", name)
	}
	for k, v := range args {
		if w, isTime := v.(time.Time); isTime && w.IsZero() || v == pipewright.ResourceID("") || v == "" {
			delete(args, k)
		} else if isTime {
			args[k] = w.UTC().Format(time.RFC3339)
		} else if id, isID := v.(pipewright.ResourceID); isID {
			args[k] = string(id)
		}
	}
	t.doing(name, args)
	res, err := tool.Call(t.ctx, args)
	if errors.Is(err, context.DeadlineExceeded) {
		t.gap("%s took too long and was given up", name)
		return tools.Result{Empty: name + " took too long"}, nil
	}
	if err != nil {
		return tools.Result{}, err
	}
	t.ans.ToolCalls = append(t.ans.ToolCalls, pipewright.ToolCall{Tool: name, Args: args, Hits: res.Hits})
	t.ans.Usage.Calls = len(t.ans.ToolCalls)
	return res, nil
}

// within adds a window to arguments.
func within(args map[string]any, w pipewright.Window) map[string]any {
	args["start"], args["end"] = w.Start, w.End
	return args
}

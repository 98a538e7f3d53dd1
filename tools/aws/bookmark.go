package aws

import (
	"context"
	"fmt"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// writes is what Glue knows of the output of the newest run, which failed: when its first attempt began,
// and, where the job keeps bookmarks, whether the run moved its bookmark on. What cannot
// be read is left out.
func (c *Client) writes(ctx context.Context, job types.Job, runs []types.JobRun) *tools.Writes {
	failed := runs[0]
	first, before := attempts(runs)
	w := &tools.Writes{Run: *failed.Id, Began: first.StartedOn.UTC()}
	if option(job, failed, "--job-bookmark-option") != "job-bookmark-enable" {
		return w // without bookmarks every run reads everything; a paused one does not move
	}
	now, err := c.bookmark(ctx, *job.Name, *failed.Id)
	if err != nil {
		return w
	}
	var was *types.JobBookmarkEntry
	if before != "" {
		if was, err = c.bookmark(ctx, *job.Name, before); err != nil {
			return w
		}
	}
	w.Bookmark = moved(now, was, *failed.Id)
	say := "the bookmark is where run " + before + " left it: what " + *failed.Id + " read is read again"
	if w.Bookmark == tools.Yes {
		say = "run " + *failed.Id + " moved the bookmark on"
	}
	w.Evidence = []pipewright.Evidence{{Source: jobID(*job.Name), Kind: pipewright.TraceEvidence, Query: op{"glue:GetJobBookmark", "JobName=" + *job.Name + " RunId=" + *failed.Id}.String(),
		Start: failed.StartedOn.UTC(), End: sdk.ToTime(failed.CompletedOn).UTC(), Excerpt: say}}
	return w
}

// attempts finds the first attempt of the newest run, which Glue itself may have tried again,
// and the newest run before that; "" when there is none.
func attempts(runs []types.JobRun) (first types.JobRun, before string) {
	first = runs[0]
	for _, r := range runs[1:] {
		if *r.Id != sdk.ToString(first.PreviousRunId) {
			return first, *r.Id
		}
		first = r
	}
	return first, ""
}

// moved reports whether a run committed its bookmark: the entry is its own and is not
// what the run before it left. Where Glue answers with the same entry for both, it is
// taken for not moved, which is never less careful.
func moved(now, was *types.JobBookmarkEntry, run string) tools.Answer {
	switch {
	case now == nil, sdk.ToString(now.RunId) != run, sdk.ToString(now.JobBookmark) == "":
		return tools.No
	case was != nil && sdk.ToString(was.JobBookmark) == sdk.ToString(now.JobBookmark):
		return tools.No
	}
	return tools.Yes
}

// bookmark reads the bookmark of a run; nil when there is none.
func (c *Client) bookmark(ctx context.Context, job, run string) (*types.JobBookmarkEntry, error) {
	o := op{"glue:GetJobBookmark", fmt.Sprintf("JobName=%s RunId=%s", job, run)}
	out, err := call(ctx, c, o, c.glue.GetJobBookmark, &glue.GetJobBookmarkInput{JobName: &job, RunId: &run})
	if pipewright.KindOf(err) == pipewright.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return out.JobBookmarkEntry, nil
}

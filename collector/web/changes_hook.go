package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// hookBody is as much as is read of what GitHub tells of releases and
// deployments, and GitLab of the same: docs/changes.md says which fields.
type hookBody struct {
	Action     string `json:"action"`      // GitHub
	ObjectKind string `json:"object_kind"` // GitLab
	Repository struct {
		FullName string `json:"full_name"`
	} `json:"repository"`
	Sender struct {
		Login string `json:"login"`
	} `json:"sender"`
	Release *struct {
		ID          int64  `json:"id"`
		TagName     string `json:"tag_name"`
		Name        string `json:"name"`
		HTMLURL     string `json:"html_url"`
		Body        string `json:"body"`
		PublishedAt string `json:"published_at"`
		Author      struct {
			Login string `json:"login"`
		} `json:"author"`
	} `json:"release"`
	Deployment *struct {
		ID          int64  `json:"id"`
		Ref         string `json:"ref"`
		SHA         string `json:"sha"`
		Environment string `json:"environment"`
		Description string `json:"description"`
		CreatedAt   string `json:"created_at"`
		Creator     struct {
			Login string `json:"login"`
		} `json:"creator"`
	} `json:"deployment"`
	DeploymentStatus *struct {
		State     string `json:"state"`
		TargetURL string `json:"target_url"`
		CreatedAt string `json:"created_at"`
	} `json:"deployment_status"`

	ID              int64           `json:"id"` // of GitLab's release
	Tag             string          `json:"tag"`
	Name            string          `json:"name"`
	URL             string          `json:"url"`
	Description     string          `json:"description"`
	ReleasedAt      string          `json:"released_at"`
	Status          string          `json:"status"`
	StatusChangedAt string          `json:"status_changed_at"`
	DeploymentID    int64           `json:"deployment_id"`
	Environment     json.RawMessage `json:"environment"`
	DeployableURL   string          `json:"deployable_url"`
	ShortSHA        string          `json:"short_sha"`
	Ref             string          `json:"ref"`
	CommitTitle     string          `json:"commit_title"`
	User            struct {
		Username string `json:"username"`
	} `json:"user"`
	Project struct {
		Path string `json:"path_with_namespace"`
	} `json:"project"`
}

// errNothingDone is what is told of a change that is not made: a draft, or a
// deployment that runs or failed to start.
var errNothingDone = errors.New("it tells of nothing that is done")

// changeOfHook is the change that another tool's webhook tells of, without the
// services; errNothingDone where it tells of none.
func changeOfHook(b []byte) (slo.ChangeRecord, error) {
	var h hookBody
	if err := json.Unmarshal(b, &h); err != nil {
		return slo.ChangeRecord{}, fmt.Errorf("the body: %w", err)
	}
	var in changeIn
	from := ""
	switch {
	case h.Release != nil:
		r := h.Release
		if h.Action != "published" && h.Action != "released" {
			return slo.ChangeRecord{}, errNothingDone
		}
		in = changeIn{Key: fmt.Sprintf("github/%s/release/%d", h.Repository.FullName, r.ID), Kind: string(slo.Release),
			Summary: named(h.Repository.FullName, r.TagName, r.Name), Description: r.Body, By: r.Author.Login, Link: r.HTMLURL}
		from = r.PublishedAt
	case h.Deployment != nil && h.DeploymentStatus != nil:
		if h.DeploymentStatus.State != "success" {
			return slo.ChangeRecord{}, errNothingDone
		}
		d := h.Deployment
		in = changeIn{Key: fmt.Sprintf("github/%s/deployment/%d", h.Repository.FullName, d.ID), Kind: string(slo.Release),
			Summary: named(h.Repository.FullName, d.Ref, d.Environment), Description: d.Description, By: d.Creator.Login, Link: h.DeploymentStatus.TargetURL}
		from = h.DeploymentStatus.CreatedAt
	case h.ObjectKind == "release":
		if h.Action != "" && h.Action != "create" {
			return slo.ChangeRecord{}, errNothingDone
		}
		in = changeIn{Key: fmt.Sprintf("gitlab/%s/release/%d", h.Project.Path, h.ID), Kind: string(slo.Release),
			Summary: named(h.Project.Path, h.Tag, h.Name), Description: h.Description, Link: h.URL}
		from = h.ReleasedAt
	case h.ObjectKind == "deployment":
		if h.Status != "success" {
			return slo.ChangeRecord{}, errNothingDone
		}
		environment := ""
		_ = json.Unmarshal(h.Environment, &environment) // "" where it is none
		in = changeIn{Key: "gitlab/" + h.Project.Path + "/deployment/" + strconv.FormatInt(h.DeploymentID, 10), Kind: string(slo.Release),
			Summary: named(h.Project.Path, h.Ref+" "+h.ShortSHA, environment), Description: h.CommitTitle, By: h.User.Username, Link: h.DeployableURL}
		from = h.StatusChangedAt
	default:
		return slo.ChangeRecord{}, errors.New("the body is no release or deployment of GitHub or GitLab; other tools post to " + changesPath)
	}
	if i, err := hookInstant(from); err == nil {
		in.From = &i
	}
	c := in.record(slo.ChangeByHook)
	fitHook(&c)
	return c, nil
}

// named is a summary of what was brought where: parts that are there, each once.
func named(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" && (len(out) == 0 || out[len(out)-1] != p) {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

// hookInstant reads an instant as the tools write them: RFC 3339, or GitLab's
// 2026-10-01 12:00:00 +0200 and 2026-10-01 12:00:00 UTC.
func hookInstant(s string) (slo.Instant, error) {
	s = strings.TrimSuffix(strings.TrimSpace(s), " UTC") + map[bool]string{true: "Z", false: ""}[strings.HasSuffix(strings.TrimSpace(s), " UTC")]
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + strings.Replace(s[11:], " ", "", 1)
		if n := len(s); n > 5 && (s[n-5] == '+' || s[n-5] == '-') {
			s = s[:n-2] + ":" + s[n-2:]
		}
	}
	return slo.ParseInstant(s)
}

// fitHook cuts what a tool's texts are too long in: nobody could mend them
// there. A link that leads nowhere is left out.
func fitHook(c *slo.ChangeRecord) {
	c.Summary, c.By, c.Key = clean(c.Summary, slo.MaxChangeName), clean(c.By, slo.MaxChangeName), clean(c.Key, slo.MaxChangeName)
	c.Description = cleanLines(c.Description, slo.MaxChangeDescription)
	if !slo.IsChangeLink(c.Link) {
		c.Link = ""
	}
}

// changeHook takes what another tool's webhook tells. Its address names the
// services, since the tool does not know them.
func (s *site) changeHook(v *visit) error {
	q, err := query(v.r, "service", "major")
	if err != nil {
		return err
	}
	b, err := io.ReadAll(v.r.Body)
	if err != nil {
		return badBody(err)
	}
	c, err := changeOfHook(b)
	switch {
	case errors.Is(err, errNothingDone):
		writeJSON(v.w, http.StatusOK, map[string]any{"at": v.at, "recorded": false, "reason": errNothingDone.Error()})
		return nil
	case err != nil:
		return badRequest(clean(err.Error(), 200))
	}
	c.Services = strings.FieldsFunc(q.Get("service"), func(r rune) bool { return r == ',' })
	c.Major = q.Get("major") == "true"
	return s.answerTold(v, c)
}

package register

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// told are the problems of a plan, a line each.
func told(p slo.RegisterProblems) (out []string) {
	for _, x := range p {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s %s", x.Line, x.Field, x.Reason)))
	}
	return out
}

func TestPlan(t *testing.T) {
	g := Named(Complaints)
	there, err := Create(g, slo.RegisterChange{ID: "c-1", Values: map[string]string{"title": "Slow", "customer": "acme", "received": "2026-10-01"}}, some("customers/acme"), ada)
	want(t, err)
	for name, c := range map[string]struct {
		file string
		want []string // problems
		does string
	}{
		"new, changed and as it is": {"\ufeffid,title,customer,received\r\nc-1,Slower,acme,2026-10-01\r\nc-2,\"Gone,\nfor good\",acme,2026-10-02\r\n,No ID,acme,2026-10-03\r\n", nil, "2 c-1 change, 3 c-2 create, 5 complaint-… create"},
		"semicolons":                {"title;customer;received\nSlow;acme;2026-10-01\n", nil, "2 complaint-… create"},
		"nothing new":               {"id,title\nc-1,Slow\n", nil, "2 c-1 none"},
		"a state at once":           {"id,title,customer,received,state,resolution,answered\nold,Old,acme,2026-01-01,not_upheld,No.,2026-01-02\n", nil, "2 old create"},
		"all that is wrong": {"id,title,customer,received,state\nc-1,,acme,2026-10-01,\nc-2,x,nobody,yesterday,closed\nc-2,x,acme\nc-1,y,acme,2026-10-01,closed\nc 3,z,acme,2026-10-01,\n",
			[]string{"2 title missing", "3 customer unknown_item", "3 received not_a_date", "3 answered missing", "3 owner missing", "3 resolution missing", "4  bad_csv",
				"5  no_such_move", "5 answered missing", "5 owner missing", "5 resolution missing", "6  bad_id"}, ""},
		"columns":           {"id,id,colour\n", []string{"1 colour unknown_field", "1 id twice"}, ""},
		"twice":             {"id,title,customer,received\nn,x,acme,2026-10-01\nn,x,acme,2026-10-01\n", []string{"3 id twice"}, ""},
		"an older version":  {"id,title,version\nc-1,y,7\n", []string{"2  conflict"}, ""},
		"the newest":        {"id,title,version\nc-1,y,1\n", nil, "2 c-1 change"},
		"a stray quote":     {"id,title\nc-1,a\"b\n", []string{"2  bad_csv"}, ""},
		"nothing":           {"", []string{"1  bad_csv"}, ""},
		"too much":          {"title\n" + strings.Repeat("x", MaxCSV), []string{"1  too_long"}, ""},
		"what is computed":  {"id,title\nc-1,'=1+1\n", nil, "2 c-1 change"},
		"none but the head": {"id,title\n", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			plan, items := Plan(g, []byte(c.file), []slo.RegisterItem{there}, some("customers/acme"), ada)
			got, wants := told(plan.Problems), slices.Clone(c.want)
			slices.Sort(got)
			slices.Sort(wants)
			if !slices.Equal(got, wants) {
				t.Errorf("problems %q, want %q", got, c.want)
			}
			var does []string
			for _, l := range plan.Lines {
				id := l.ID
				if strings.HasPrefix(id, "complaint-") {
					id = "complaint-…"
				}
				does = append(does, fmt.Sprintf("%d %s %s", l.Line, id, l.Act))
			}
			if len(c.want) == 0 && strings.Join(does, ", ") != c.does {
				t.Errorf("it does %q, want %q", does, c.does)
			}
			if len(c.want) > 0 && len(items) > 0 {
				t.Errorf("%d items of a bad file", len(items))
			}
		})
	}
}

// A file that is imported again changes nothing, whatever was done since where its
// lines have no ID.
func TestImportTwice(t *testing.T) {
	g, file := Named(Customers), []byte("name,manager\nAcme,Ada\nZeta,Bo\n")
	_, items := Plan(g, file, nil, some(), ada)
	now, changed, err := Change(g, items[0], slo.RegisterChange{Version: 1, Values: map[string]string{"manager": "Cy"}}, some(), ada)
	if want(t, err); !changed {
		t.Fatal("nothing changed")
	}
	plan, again := Plan(g, file, []slo.RegisterItem{now, items[1]}, some(), ada)
	if len(again) > 0 || plan.Unchanged != 2 || len(plan.Problems) > 0 {
		t.Errorf("%+v", plan)
	}
	other := []byte("id,name\n" + items[0].ID + ",Acme\n")
	if plan, _ := Plan(g, other, []slo.RegisterItem{now}, some(), ada); plan.Unchanged != 1 {
		t.Errorf("%+v", plan)
	}
}

func TestManyProblems(t *testing.T) {
	plan, _ := Plan(Named(Customers), []byte("name\n"+strings.Repeat("\"\"\n", MaxCSVLines+5)), nil, some(), ada)
	if len(plan.Problems) != maxProblems || plan.Omitted != MaxCSVLines+1-maxProblems {
		t.Errorf("%d and %d problems", len(plan.Problems), plan.Omitted)
	}
}

// TestExportImports: what is written is read back as it is, whatever the texts,
// and no cell of a text begins like a formula.
func TestExportImports(t *testing.T) {
	g := Named(Actions)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`['=+@＝-]{0,3}[a-z0-9'"; ,]{0,8}`))
		var items []slo.RegisterItem
		for n := range rapid.IntRange(0, 5).Draw(t, "items") {
			c := slo.RegisterChange{ID: fmt.Sprint("a-", n), Values: map[string]string{"title": text.Draw(t, "title"), "details": text.Draw(t, "details"), "before": "-1.5"}}
			if i, err := Create(g, c, some(), ada); err == nil {
				items = append(items, i)
			}
		}
		var b bytes.Buffer
		if err := WriteCSV(&b, g, items); err != nil {
			t.Fatal(err)
		}
		plan, _ := Plan(g, b.Bytes(), items, some(), ada)
		if len(plan.Problems) > 0 || plan.Unchanged != len(items) {
			t.Fatalf("%+v of\n%s", plan, b.String())
		}
		fresh, made := Plan(g, b.Bytes(), nil, some(), ada)
		for k := range made {
			if !maps.Equal(made[k].Values, items[k].Values) {
				t.Fatalf("%+v, want %+v", made[k].Values, items[k].Values)
			}
		}
		if fresh.Created != len(items) {
			t.Fatalf("%+v", fresh)
		}
	})
}

// FuzzPlan: no file makes more than it may, nothing is done where anything is
// wrong, and what is kept is printable.
func FuzzPlan(f *testing.F) {
	for _, s := range []string{
		"id,title\nc-1,x\n", "title;customer\n=1;acme\n", "\ufefftitle\n\"a\nb\"\n", "id,id\n", "title\n\xff\n", "title,received\nx,2026-10-01\n", "\"", "title\n\u202ex\n", "state\nclosed\n",
	} {
		f.Add([]byte(s))
	}
	g := Named(Complaints)
	f.Fuzz(func(t *testing.T, file []byte) {
		plan, items := Plan(g, file, nil, some("customers/acme"), ada)
		if len(plan.Problems) > maxProblems || len(items) > MaxCSVLines || len(plan.Problems) > 0 && len(items) > 0 {
			t.Fatalf("%d problems, %d items", len(plan.Problems), len(items))
		}
		for _, i := range items {
			for name, v := range i.Values {
				if !utf8.ValidString(v) || printable(v, true) != v || len(v) > slo.MaxRegisterText {
					t.Fatalf("%s is %q", name, v)
				}
			}
			if len(lacks(g, &i, nil)) > 0 || !isID(i.ID) {
				t.Fatalf("%+v", i)
			}
		}
	})
}

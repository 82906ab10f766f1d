package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"glassbox/audit"
	"glassbox/audit/collect"
)

// What the documents show is what the program prints, and what they say of
// rules and weights is what stands in the YAML: these tests run the one and read
// the other. With -update they write the documents anew.
//
//	go test ./cmd/glassbox -run Doc -update

// updating tells whether the tests were asked to write what they compare with.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// docDate is the day every shown audit is made on: 2026-11-22, in seconds.
const docDate = "1795305600"

// atRoot moves the test to the root of the checkout, on the documents' day.
func atRoot(t *testing.T) {
	t.Helper()
	t.Chdir(filepath.Join("..", ".."))
	t.Setenv("SOURCE_DATE_EPOCH", docDate)
	t.Setenv("COLUMNS", "")
}

// settle compares a document with what it should be; with -update it writes it.
func settle(t *testing.T, name, text, want string) {
	t.Helper()
	if text == want {
		return
	}
	if updating() {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	was, is := strings.Split(text, "\n"), strings.Split(want, "\n")
	i := 0
	for i < len(was) && i < len(is) && was[i] == is[i] {
		i++
	}
	t.Errorf("%s:%d is out of date; go test ./cmd/glassbox -run Doc -update writes it anew\n  is     %s\n  should %s", name, i+1, lineAt(was, i), lineAt(is, i))
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(ends here)"
}

func readDoc(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// gap stands in a shown output for lines that were left out.
const gap = "…"

// TestDocOutput runs the command of every block
//
//	```console
//	$ glassbox ARGS
//	output
//	```
//
// in the documents. A line … stands for any number of lines; without one
// the output is shown whole.
func TestDocOutput(t *testing.T) {
	atRoot(t)
	shown := 0
	for _, name := range docs(t) {
		text := readDoc(t, name)
		lines := strings.Split(text, "\n")
		var out []string
		for i := 0; i < len(lines); i++ {
			out = append(out, lines[i])
			if lines[i] != "```console" {
				continue
			}
			end := i + 1 + slices.Index(lines[i+1:], "```")
			if end <= i+1 {
				t.Fatalf("%s:%d: a console block begins with a command and ends with ```", name, i+1)
			}
			shown++
			out = append(out, lines[i+1])
			out = append(out, replay(t, fmt.Sprintf("%s:%d", name, i+2), lines[i+1], lines[i+2:end])...)
			i = end - 1
		}
		settle(t, name, text, strings.Join(out, "\n"))
	}
	if shown == 0 {
		t.Error("no document shows any output")
	}
}

// docs lists the documents that show output.
func docs(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"README.md", "CONTRIBUTING.md", "docs/*.md"} {
		names, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, names...)
	}
	return out
}

// replay runs a shown command and returns the lines to show.
func replay(t *testing.T, where, command string, shown []string) []string {
	t.Helper()
	rest, ok := strings.CutPrefix(command, "$ glassbox ")
	if !ok {
		rest, ok = strings.CutPrefix(command, "$ go run ./cmd/glassbox ")
	}
	if !ok || strings.ContainsAny(rest, `'"|<>&;$`+"`") {
		t.Fatalf("%s: %q is no plain call of glassbox; what is not run here stands in a sh block", where, command)
	}
	var buf bytes.Buffer
	run(context.Background(), strings.Fields(rest), &buf, &buf)
	out, err := refresh(shown, strings.Split(strings.TrimSuffix(buf.String(), "\n"), "\n"))
	if err != nil {
		t.Errorf("%s: %s: %v", where, command, err)
		return shown
	}
	return out
}

// refresh puts the lines of an output in the place of the lines shown: all of
// them where no gap is, else for each run of lines between gaps as many as it
// has, from the place it resembles most.
func refresh(shown, output []string) ([]string, error) {
	if !slices.Contains(shown, gap) {
		return output, nil
	}
	var out []string
	at := 0
	runs := split(shown)
	for i, run := range runs {
		if i > 0 {
			out = append(out, gap)
		}
		if len(run) == 0 {
			continue
		}
		start := 0
		switch {
		case at+len(run) > len(output):
			return nil, fmt.Errorf("the output has no %d lines after line %d", len(run), at)
		case i == len(runs)-1:
			start = len(output) - len(run)
		case i > 0:
			if start = resembling(run, output, at); start < 0 {
				return nil, fmt.Errorf("nothing like %q is printed", run[0])
			}
		}
		out = append(out, output[start:start+len(run)]...)
		at = start + len(run)
	}
	return out, nil
}

// split cuts lines at the gaps.
func split(lines []string) [][]string {
	runs := [][]string{nil}
	for _, l := range lines {
		if l == gap {
			runs = append(runs, nil)
			continue
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], l)
	}
	return runs
}

// resembling returns where from line at on a run has most lines in common with
// the output, the first of equals; -1 where it has none.
func resembling(run, output []string, at int) int {
	best, most := -1, 0
	for i := at; i+len(run) <= len(output); i++ {
		n := 0
		for j, l := range run {
			if l == output[i+j] {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}

func TestRefreshShowsWhatIsPrinted(t *testing.T) {
	output := strings.Split("a b c d e f g", " ")
	for _, c := range []struct{ shown, want, err string }{
		{"", "a b c d e f g", ""},
		{"a b", "a b c d e f g", ""},
		{"a b …", "a b …", ""},
		{"a x …", "a b …", ""},
		{"… c d …", "… c d …", ""},
		{"… c x e …", "… c d e …", ""},
		{"… f x", "… f g", ""},
		{"a … d … g", "a … d … g", ""},
		{"… x …", "", `nothing like "x" is printed`},
		{"… e … c …", "", `nothing like "c" is printed`},
		{"a b c d e f … f g", "", "the output has no 2 lines after line 6"},
	} {
		got, err := refresh(strings.Fields(c.shown), output)
		if err != nil && err.Error() != c.err || err == nil && (c.err != "" || strings.Join(got, " ") != c.want) {
			t.Errorf("%q: %q, %v; want %q, %q", c.shown, got, err, c.want, c.err)
		}
	}
}

// docJudge loads the built-in rules and frameworks as the program does.
func docJudge(t *testing.T) *judge {
	t.Helper()
	j, err := (&app{}).judge("")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestDocRules holds docs/rules.md to the rules.
func TestDocRules(t *testing.T) {
	atRoot(t)
	name := filepath.Join("docs", "rules.md")
	text, err := os.ReadFile(name)
	if err != nil && !updating() {
		t.Fatal(err)
	}
	settle(t, name, string(text), rulesPage(docJudge(t)))
}

const rulesHead = `# Rules

<!-- Written by go test ./cmd/glassbox -run Doc -update from rules/. Do not edit. -->

Each rule states what is true of a good release. It asks about one place of the evidence; where nothing stands there, its
answer is unknown. A pass counts for the floor of a score when its evidence is at least as strong as the rule asks:
*claimed* (somebody says so), *present* (the thing is here and can be read), *verified* (recomputed from bytes, or
checked cryptographically). ` + "`glassbox explain RULE`" + ` prints a rule whole, with its examples;
[scoring.md](scoring.md) argues the weights.
`

// rulesPage writes every rule for people, from the YAML alone.
func rulesPage(j *judge) string {
	var b strings.Builder
	b.WriteString(rulesHead)
	for _, dimension := range dimensions(j.rules) {
		fmt.Fprintf(&b, "\n## %s\n\n", dimension)
		of := slices.DeleteFunc(slices.Clone(j.rules), func(r *audit.Rule) bool { return r.Dimension != dimension })
		for _, r := range of {
			fmt.Fprintf(&b, "- [%s](#%s): %s\n", r.ID, r.ID, r.Title)
		}
		for _, r := range of {
			b.WriteString(rulePart(r, j.weights(r.ID)))
		}
	}
	return b.String()
}

func dimensions(all []*audit.Rule) []string {
	var out []string
	for _, r := range all {
		if !slices.Contains(out, r.Dimension) {
			out = append(out, r.Dimension)
		}
	}
	return out
}

func rulePart(r *audit.Rule, weights []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n**%s.** %s\n\n", r.ID, r.Title, r.Why)
	fmt.Fprintf(&b, "- fix: %s Takes %s.\n", r.Fix, r.Effort)
	fmt.Fprintf(&b, "- asks: `%s`, evidence at least %s\n", r.Pointer(), r.Level)
	fmt.Fprintf(&b, "- severity: %s\n", r.Severity)
	if len(weights) > 0 {
		fmt.Fprintf(&b, "- weighs: %s\n", strings.Join(weights, "; "))
	}
	fmt.Fprintf(&b, "- see: <%s>\n", strings.Join(r.References, ">, <"))
	return b.String()
}

// marker stands on the line before a table, or a block, that is drawn from
// the rules: what to draw, and its arguments.
var marker = regexp.MustCompile(`^<!-- (criteria|objections|caps|grades|worked): ([a-z0-9 -]+) -->$`)

// TestDocScoring holds the tables of docs/scoring.md to the frameworks, and its
// worked examples to what the program makes of the releases.
func TestDocScoring(t *testing.T) {
	atRoot(t)
	name := filepath.Join("docs", "scoring.md")
	text := readDoc(t, name)
	d := &drawer{t: t, j: docJudge(t), seen: map[string]bool{}}
	lines := strings.Split(text, "\n")
	var out []string
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		m := marker.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		d.where = fmt.Sprintf("%s:%d", name, i+1)
		end := i + 1 + drawn(lines[i+1:])
		d.seen[m[1]+": "+m[2]] = true
		out = append(out, d.draw(m[1], strings.Fields(m[2]), lines[i+1:end])...)
		i = end - 1
	}
	settle(t, name, text, strings.Join(out, "\n"))
	d.complete(name)
	if margin := fmt.Sprintf("%d per cent", collect.Tolerance); !strings.Contains(text, margin) {
		t.Errorf("%s does not say that the tolerance of a claim is %s", name, margin)
	}
}

// drawn counts the lines that a marker put there: a block to its end, or a
// table.
func drawn(lines []string) int {
	block := len(lines) > 0 && strings.HasPrefix(lines[0], "```")
	for i, l := range lines {
		switch {
		case block && i > 0 && l == "```":
			return i + 1
		case !block && l == "":
			return i
		}
	}
	return 0
}

// drawer draws what a marker asks for.
type drawer struct {
	t     testing.TB
	j     *judge
	where string
	seen  map[string]bool
}

// complete asks that every list of weights is in the document.
func (d *drawer) complete(name string) {
	for _, fw := range d.j.frameworks {
		if fw.Reference != filepath.ToSlash(name) {
			continue
		}
		want := []string{"grades: " + fw.ID}
		for _, a := range fw.Axes {
			want = append(want, "criteria: "+fw.ID+" "+a.Name)
			if len(a.Objections) > 0 {
				want = append(want, "objections: "+fw.ID+" "+a.Name)
			}
			if len(a.Caps) > 0 {
				want = append(want, "caps: "+fw.ID+" "+a.Name)
			}
		}
		for _, w := range want {
			if !d.seen[w] {
				d.t.Errorf("%s has no table <!-- %s -->", name, w)
			}
		}
	}
}

// draw returns the lines that should stand in the place of the ones there.
func (d *drawer) draw(what string, args, there []string) []string {
	if what == "worked" {
		return d.worked(args)
	}
	fw := d.framework(args[0])
	if what == "grades" {
		return gradeTable(fw)
	}
	axis := fw.Axes[slices.IndexFunc(fw.Axes, func(a audit.Axis) bool { return a.Name == args[1] })]
	switch what {
	case "criteria":
		return d.argued([]string{"rule", "weight"}, criterionRows(axis.Criteria), there)
	case "objections":
		return d.argued([]string{"rule", "weight"}, criterionRows(axis.Objections), there)
	}
	var rows [][]string
	for _, c := range axis.Caps {
		rows = append(rows, []string{c.Name, strconv.Itoa(c.At), c.Unless})
	}
	return d.argued([]string{"cap", "at", "unless"}, rows, there)
}

func (d *drawer) framework(id string) *audit.Framework {
	d.t.Helper()
	for _, fw := range d.j.frameworks {
		if fw.ID == id {
			return fw
		}
	}
	d.t.Fatalf("%s: no framework %q", d.where, id)
	return nil
}

func criterionRows(list []audit.Criterion) [][]string {
	var rows [][]string
	for _, c := range list {
		rows = append(rows, []string{c.Rule, strconv.Itoa(c.Weight)})
	}
	return rows
}

func gradeTable(fw *audit.Framework) []string {
	head, rule := "| grade | floor |", "|---|---|"
	for _, a := range fw.Axes {
		head, rule = head+" "+a.Name+" |", rule+"---|"
	}
	out := []string{head, rule}
	for _, g := range fw.Grades {
		row := fmt.Sprintf("| %s | %d |", g.Letter, g.Floor)
		for _, a := range fw.Axes {
			row += " " + a.Meaning[g.Letter] + " |"
		}
		out = append(out, row)
	}
	return out
}

// argued draws a table whose last column is written by hand: why a row is as it
// is. A row in bold heads a group, and has the weight of the rows below it. A
// row that is new in the YAML joins the group of the one before it.
func (d *drawer) argued(head []string, rows [][]string, there []string) []string {
	why, group := reasons(len(head), there)
	for i, r := range rows {
		if _, known := group[r[0]]; !known && i > 0 {
			group[r[0]] = group[rows[i-1][0]]
		}
	}
	out := []string{tableRow(append(head, "why")...), strings.Repeat("|---", len(head)+1) + "|"}
	for i, r := range rows {
		g := group[r[0]]
		if g != "" && (i == 0 || g != group[rows[i-1][0]]) {
			out = append(out, tableRow(g, fmt.Sprintf("**%d**", groupWeight(rows[i:], group)), why[g]))
		}
		if why[r[0]] == "" {
			d.t.Errorf("%s: nothing says why %s counts as it does", d.where, r[0])
		}
		out = append(out, tableRow(append(slices.Clone(r), why[r[0]])...))
	}
	return out
}

// reasons reads the hand-written column of a table, by the first cell of its
// row, and the group that each row stands in.
func reasons(columns int, table []string) (why, group map[string]string) {
	why, group = map[string]string{}, map[string]string{}
	title := ""
	for _, l := range table[min(2, len(table)):] {
		cells := strings.Split(strings.Trim(l, "| "), "|")
		key := strings.TrimSpace(cells[0])
		if len(cells) > columns {
			why[key] = strings.TrimSpace(strings.Join(cells[columns:], "|"))
		}
		if strings.HasPrefix(key, "**") {
			title = key
			continue
		}
		group[key] = title
	}
	return why, group
}

func TestArguedKeepsWhatIsWrittenByHand(t *testing.T) {
	there := []string{
		"| rule | weight | why |", "|---|---|---|",
		"| **one** | **9** | first group |", "| a | 4 | of a |", "| gone | 5 | of gone |",
		"| **two** | **1** | |", "| c | 1 | of c |",
	}
	rows := [][]string{{"a", "3"}, {"b", "2"}, {"c", "1"}}
	missing := &complaints{TB: t}
	got := (&drawer{t: missing}).argued([]string{"rule", "weight"}, rows, there)
	want := []string{
		"| rule | weight | why |", "|---|---|---|",
		"| **one** | **5** | first group |", "| a | 3 | of a |", "| b | 2 | |",
		"| **two** | **1** | |", "| c | 1 | of c |",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if missing.count != 1 {
		t.Errorf("%d complaints about rows without a reason, want one", missing.count)
	}
}

// complaints counts errors in place of reporting them.
type complaints struct {
	testing.TB
	count int
}

func (c *complaints) Errorf(string, ...any) { c.count++ }

func tableRow(cells ...string) string {
	return strings.ReplaceAll("| "+strings.Join(cells, " | ")+" |", "|  |", "| |")
}

// groupWeight adds up the weights of rows to the end of the group of the first.
func groupWeight(rows [][]string, group map[string]string) int {
	n := 0
	for _, r := range rows {
		if group[r[0]] != group[rows[0][0]] {
			break
		}
		w, _ := strconv.Atoi(r[1])
		n += w
	}
	return n
}

// worked shows how one axis of a release comes about: its arguments are the
// release, the framework and the axis.
func (d *drawer) worked(args []string) []string {
	ev, err := (&app{}).gatherAs(context.Background(), "testdata/releases/"+args[0], collect.Options{}, nil)
	if err != nil {
		d.t.Fatalf("%s: %v", d.where, err)
	}
	fw := d.framework(args[1])
	for _, s := range fw.Score(audit.Judge(ev, d.j.rules)) {
		if s.Axis == args[2] {
			return append(append([]string{"```text"}, d.arithmetic(&s)...), "```")
		}
	}
	d.t.Fatalf("%s: no axis %q", d.where, args[2])
	return nil
}

// arithmetic sums an axis up by hand from what each rule did; the score must
// come out the same.
func (d *drawer) arithmetic(s *audit.Score) []string {
	weight := map[string]int{}
	names := map[string][]string{}
	add := func(word string, c audit.Contribution) {
		weight[word] += c.Weight
		names[word] = append(names[word], fmt.Sprintf("%s %d", c.Rule, c.Weight))
	}
	for _, c := range s.Trace {
		add(c.Word, c)
	}
	for _, c := range s.Against {
		add("objections", c)
	}
	var out []string
	for _, word := range append(slices.Clone(audit.Words[:]), "objections") {
		if weight[word] > 0 {
			out = append(out, foldList(fmt.Sprintf("%-14s %3d  ", word, weight[word]), names[word])...)
		}
	}
	met, claimed, unknown, against := weight[audit.WordMet], weight[audit.WordClaimed], weight[audit.WordUnknown], weight["objections"]
	open := max(met+claimed+unknown-against, 0)
	floor, ceiling := met*100/s.Weight, open*100/s.Weight
	out = append(out, "",
		fmt.Sprintf("floor     %d of %d = %d", met, s.Weight, floor),
		fmt.Sprintf("ceiling   %d + %d + %d − %d = %d of %d = %d", met, claimed, unknown, against, open, s.Weight, ceiling))
	for _, c := range s.Caps {
		bound := strings.Replace(c.Binds, "both", "floor and ceiling", 1)
		out = append(out, fmt.Sprintf("cap       %s: %s at most %d", c.Name, bound, c.At))
		if c.Binds != "ceiling" {
			floor = min(floor, c.At)
		}
		if c.Binds != "floor" {
			ceiling = min(ceiling, c.At)
		}
	}
	if ceiling = max(ceiling, floor); floor != *s.Floor || ceiling != *s.Ceiling {
		d.t.Errorf("%s: %s is %d–%d, and by hand %d–%d", d.where, s.Axis, *s.Floor, *s.Ceiling, floor, ceiling)
	}
	return append(out, fmt.Sprintf("score     %d–%d, grade %s: %s", floor, ceiling, s.Grade, s.Words), fmt.Sprintf("coverage  %d per cent", s.Coverage))
}

// foldList writes items behind their label, on as many lines as they take.
func foldList(label string, items []string) []string {
	const room = 100
	indent := strings.Repeat(" ", len(label))
	out := []string{label + items[0]}
	for _, item := range items[1:] {
		last := len(out) - 1
		out[last] += ","
		if len(out[last])+1+len(item) > room {
			out = append(out, indent+item)
			continue
		}
		out[last] += " " + item
	}
	return out
}

// TestDocLimits holds the table of limits in docs/architecture.md to the
// constants it names.
func TestDocLimits(t *testing.T) {
	atRoot(t)
	name := filepath.Join("docs", "architecture.md")
	text := readDoc(t, name)
	limits := constants(t)
	cell := regexp.MustCompile("^\\| `([a-z]+\\.Max[A-Za-z]+)` \\| ([^|]*) \\|")
	lines := strings.Split(text, "\n")
	held := 0
	for i, l := range lines {
		m := cell.FindStringSubmatchIndex(l)
		if m == nil {
			continue
		}
		value, ok := limits[l[m[2]:m[3]]]
		if !ok {
			t.Errorf("%s:%d: there is no constant %s", name, i+1, l[m[2]:m[3]])
			continue
		}
		lines[i] = l[:m[4]] + value + l[m[5]:]
		held++
	}
	settle(t, name, text, strings.Join(lines, "\n"))
	if held < 10 {
		t.Errorf("%s names %d limits", name, held)
	}
}

// constants reads the exported Max constants of every package, as
// package.MaxName, from the source.
func constants(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range sources(t, "audit", "schemas") {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Max") {
				return true
			}
			v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, types.ExprString(spec.Values[0]))
			if err != nil || v.Value == nil {
				return true
			}
			if n, exact := constant.Int64Val(constant.ToInt(v.Value)); exact {
				_, isShift := spec.Values[0].(*ast.BinaryExpr)
				out[f.Name.Name+"."+spec.Names[0].Name] = readable(n, isShift)
			}
			return true
		})
	}
	return out
}

// readable writes a size as people do: in binary units where the source shifts,
// else in groups of three digits.
func readable(n int64, bytes bool) string {
	for _, u := range []struct {
		shift int
		name  string
	}{{30, "GiB"}, {20, "MiB"}, {10, "KiB"}} {
		if bytes && n>>u.shift<<u.shift == n {
			return fmt.Sprintf("%d %s", n>>u.shift, u.name)
		}
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// sources parses the Go files below folders, without their tests.
func sources(t *testing.T, folders ...string) []*ast.File {
	t.Helper()
	var out []*ast.File
	fset := token.NewFileSet()
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			out = append(out, f)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestDocDependencies asks that CONTRIBUTING.md says of each module that is
// imported what it is for.
func TestDocDependencies(t *testing.T) {
	atRoot(t)
	var modules []string
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v`).FindAllStringSubmatch(readDoc(t, "go.mod"), -1) {
		modules = append(modules, m[1])
	}
	text := readDoc(t, "CONTRIBUTING.md")
	used := map[string]bool{}
	for _, f := range sources(t, "audit", "cmd", "schemas", "rules") {
		for _, spec := range f.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			used[moduleOf(path, modules)] = true
		}
	}
	for _, m := range modules {
		if used[m] && !strings.Contains(text, "`"+m+"`") {
			t.Errorf("CONTRIBUTING.md does not say what %s is for", m)
		}
	}
	if !used["github.com/spf13/cobra"] {
		t.Error("no import was found")
	}
}

// moduleOf returns the module that a package belongs to, the longest name that
// fits; "" where none does.
func moduleOf(path string, modules []string) string {
	best := ""
	for _, m := range modules {
		if (path == m || strings.HasPrefix(path, m+"/")) && len(m) > len(best) {
			best = m
		}
	}
	return best
}

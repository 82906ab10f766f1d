package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"glassbox/audit"
)

// The page is one file: nothing is loaded, nothing runs, and the policy at its
// head forbids both. It is read from top to bottom; what is long is folded with
// the means of HTML alone.

// pageCSS is the page's only style; its digest is what the page's policy allows.
// Colours keep a contrast of 4.5 to 1 on both backgrounds.
const pageCSS = `:root{color-scheme:light dark;--ink:#1c1c1c;--dim:#555;--back:#fff;--line:#d0d0d0;--full:#2457a6;--part:#9dbbe8;--none:#ececec;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#ececec;--dim:#b5b5b5;--back:#161616;--line:#3d3d3d;--full:#8ab4f8;--part:#37568a;--none:#2a2a2a;--bad:#ff8a80}}
body{margin:0 auto;padding:1rem;max-width:60rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back)}
h1{font-size:1.5rem;margin:1.5rem 0 .25rem;overflow-wrap:anywhere}h2{font-size:1.2rem;margin:1.5rem 0 .5rem}h3{font-size:1rem;margin:0}
p{margin:.25rem 0;overflow-wrap:anywhere}.dim{color:var(--dim)}.bad{color:var(--bad)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
svg{width:12rem;max-width:40vw;height:.8rem;vertical-align:middle}.full{fill:var(--full)}.part{fill:var(--part)}.none{fill:var(--none)}
details{border-top:1px solid var(--line);padding:.5rem 0}summary{cursor:pointer}summary h3{display:inline}code{overflow-wrap:anywhere}ul{margin:.25rem 0;padding-left:1.2rem}
@media print{details{break-inside:avoid}body{max-width:none}}`

// pagePolicy is what the browser is told to allow: the style, by its digest.
func pagePolicy() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

const pageText = `{{define "places"}}<ul>{{range .}}<li><code>{{clean .Pointer}}</code>: {{show .Value}}{{with where .}} <span class="dim">{{.}}</span>{{end}}{{with clean .Reason}}, {{.}}{{end}}</li>
{{end}}</ul>{{end -}}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{policy}}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{{title .}}</title>
<style>` + pageCSS + `</style>
</head>
<body>
<main>
{{range .}}<article>
<h1>{{clean .Subject.Name}}</h1>
<p class="dim">{{.Subject.Kind}}{{if .Subject.Files}}, {{files .Subject.Files}}, {{size .Subject.Bytes}}{{end}}; {{.AsOf}}; glassbox {{clean .Tool.Version}}, rules {{clean .Tool.Edition}} ({{short .Tool.RulesDigest}})</p>
<p><strong{{if .Verdict.Code}} class="bad"{{end}}>{{heading .}}</strong>: {{clean .Verdict.Reason}}</p>
<h2>Scores</h2>
<p class="dim">The first number counts what is shown, the second what would hold if every claim and every unknown turned out well.</p>
<div class="wide"><table>
<thead><tr><th scope="col">axis</th><th scope="col">shown to possible</th><th scope="col"><span class="dim">0 to 100</span></th><th scope="col">grade</th><th scope="col">meaning</th></tr></thead>
<tbody>{{range .Scores}}{{if .Axis}}
<tr><th scope="row">{{clean .Axis}}</th><td>{{interval .}}</td><td>{{with bar .}}<svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="none" width="100" height="6"/><rect class="part" width="{{.Ceiling}}" height="6"/><rect class="full" width="{{.Floor}}" height="6"/></svg>{{end}}</td><td>{{.Grade}}</td><td>{{clean .Words}}{{range .Caps}}<br>cap: {{clean .Name}} ({{.Binds}} at {{.At}}){{end}}{{with .Sensitivity}}{{if not .Holds}}<br><span class="dim">weights ±{{.Shift}} %: {{move .}}</span>{{end}}{{end}}</td></tr>{{end}}{{end}}
</tbody></table></div>
{{with classes .}}<h2>Classes</h2>
<div class="wide"><table>
<thead><tr><th scope="col">framework</th><th scope="col">class</th><th scope="col">meaning</th></tr></thead>
<tbody>{{range .}}<tr><th scope="row">{{clean .Framework}}</th><td>{{clean .Class}}</td><td>{{clean .Words}}</td></tr>
{{end}}</tbody></table></div>
{{end}}{{with .Policy}}<h2>Gate</h2>
<p>{{clean .File}}{{with .Profile}}, profile {{clean .}}{{end}}</p>
{{with .Gates}}<div class="wide"><table>
<thead><tr><th scope="col">gate</th><th scope="col">asked</th><th scope="col">found</th><th scope="col">answer</th></tr></thead>
<tbody>{{range .}}<tr><th scope="row">{{clean .Subject}}</th><td>{{clean .Asked}}</td><td>{{clean .Found}}{{range .Rules}} <code>{{clean .}}</code>{{end}}</td><td>{{holds .}}</td></tr>
{{end}}</tbody></table></div>
{{end}}{{with .Waivers}}<h2>Waivers</h2>
<ul>{{range .}}<li>{{waiver .}}</li>
{{end}}</ul>
{{end}}{{end}}{{range groups .}}<h2>{{.Word}}: {{len .Findings}}</h2>
{{range .Findings}}<details{{if $.Open .}} open{{end}}>
<summary><h3>{{clean .Rule}}</h3> <span class="dim">{{.Severity}}, {{clean .Dimension}}</span></summary>
<p>{{clean .Title}}</p>
{{with .Waiver}}<p>waived: {{waiver .}}</p>
{{end}}{{template "places" .Places}}
{{with .More}}<p class="dim">and {{.}} more places</p>
{{end}}{{if ne .Outcome.String "pass"}}{{with clean .Fix}}<p>To do: {{.}}</p>
{{end}}{{end}}</details>
{{end}}{{end}}{{with .Against}}<h2>Beside services</h2>
<div class="wide"><table>
<thead><tr><th scope="col">service</th><th scope="col">axes</th></tr></thead>
<tbody>{{range .}}<tr><th scope="row">{{clean .Name}}{{with .Lifecycle}} ({{.}}){{end}}</th><td>{{with .LeftOut}}{{clean .}}{{end}}{{range .Scores}}{{clean .Axis}} {{rival .}} {{end}}</td></tr>
{{end}}</tbody></table></div>
{{end}}</article>
{{end}}</main>
</body>
</html>
`

// group is the findings of one word.
type group struct {
	Word     string
	Findings []*audit.Finding
}

// groups lists the findings by their words, what speaks against a release first.
func groups(r *audit.Report) []group {
	var out []group
	all := make([]*audit.Finding, len(r.Findings))
	for i := range r.Findings {
		all[i] = &r.Findings[i]
	}
	for _, word := range []string{
		audit.WordContradicted, audit.WordNotMet, audit.WordNotShown, audit.WordNotDisclosed, audit.WordNotFound,
		audit.WordUnverifiable, audit.WordClaimed, audit.WordUnknown, audit.WordMet, audit.WordNotApplicable,
	} {
		if list := with(all, word); len(list) > 0 {
			out = append(out, group{word, list})
		}
	}
	return out
}

// span is an axis as it is drawn.
type span struct{ Floor, Ceiling int }

func bar(s audit.Score) *span {
	if s.Floor == nil || s.Ceiling == nil {
		return nil
	}
	return &span{*s.Floor, *s.Ceiling}
}

func classScores(r *audit.Report) []audit.Score {
	var out []audit.Score
	for _, s := range r.Scores {
		if s.Class != "" {
			out = append(out, s)
		}
	}
	return out
}

var page = sync.OnceValues(func() (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{
		"policy": pagePolicy, "clean": Clean, "show": show, "where": where, "files": files, "size": Size, "short": short,
		"heading": heading, "interval": reached, "bar": bar,
		"classes": classScores, "groups": groups, "holds": holds,
		"waiver": waiverSentence, "move": move,
		"rival": func(s audit.RivalScore) string { return reached(audit.Score{Floor: s.Floor, Ceiling: s.Ceiling}) },
		"title": func(list pageData) string {
			names := make([]string, len(list))
			for i, r := range list {
				names[i] = Clean(r.Subject.Name)
			}
			return cut("glassbox: "+strings.Join(names, ", "), 120)
		},
	}).Parse(pageText)
})

// pageData is what the page shows.
type pageData []*audit.Report

// Open tells whether a finding is shown unfolded: what was seen and speaks
// against the release.
func (pageData) Open(f *audit.Finding) bool {
	return f.Word == audit.WordContradicted || f.Word == audit.WordNotMet
}

func writeHTML(w io.Writer, reports []*audit.Report, _ Options) error {
	t, err := page()
	if err != nil {
		return fmt.Errorf("the page: %w", err)
	}
	return t.Execute(w, pageData(reports))
}

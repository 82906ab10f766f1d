package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Signature is a verification as it is drawn: three facts, each by itself, and
// the files that speak against them.
type Signature struct {
	Model   string // what is signed
	Bundle  string // the file that holds the signature, and of what kind it is
	Facts   []Fact
	Files   []SignedFile
	Notes   []string
	Verdict string // the last sentence
	Passed  bool   // it is a good one
}

// Fact is one of the three: who signed, are these the signed bytes, how much of
// what is here is signed.
type Fact struct {
	Name  string
	Word  string
	Good  *bool // nil where it cannot be told
	About string
}

// SignedFile is a file beside what the signature says of it.
type SignedFile struct {
	Path  string
	State string // a heading
	About string
	Quiet bool // told only on request
}

// maxFiles is how many files of one state are named; the JSON has all.
const maxFiles = 20

// Write draws the verification. Its text is untrusted, all of it.
func (s *Signature) Write(w io.Writer, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	o.Width = min(max(o.Width, 40), 120)
	t := &table{o: o}
	if !o.Quiet {
		t.title(cut(Clean(s.Model), o.Width/2), Clean(s.Bundle))
		t.line("")
		for _, f := range s.Facts {
			t.fact(f)
		}
	}
	t.states(s.Files)
	if !o.Quiet && len(s.Notes) > 0 {
		t.line("")
		for _, n := range s.Notes {
			t.paragraph("  note  ", Clean(n), 8)
		}
	}
	if !o.Quiet || !s.Passed {
		t.line("")
		t.paragraph("", Clean(s.Verdict), 0)
	}
	_, err := io.WriteString(w, strings.TrimPrefix(t.b.String(), "\n"))
	return err
}

// title names the model, and behind it or below it the signature.
func (t *table) title(model, bundle string) {
	if width(model)+3+width(bundle) <= t.o.Width {
		t.line(t.bold(model) + "   " + bundle)
		return
	}
	t.line(t.bold(model))
	t.paragraph("  ", bundle, 2)
}

// factColumn is where the text about a fact begins.
const factColumn = 30

func (t *table) fact(f Fact) {
	tone := yellow
	if f.Good != nil && *f.Good {
		tone = green
	} else if f.Good != nil {
		tone = red
	}
	head := "  " + pad(f.Name, 12) + pad(f.Word, factColumn-14)
	lines := wrap(Clean(f.About), t.o.Width-factColumn)
	for i, l := range lines {
		if i > 0 {
			head = strings.Repeat(" ", factColumn)
		}
		line := head + l
		if i == 0 {
			line = strings.Replace(line, f.Word, t.paint(tone, f.Word), 1)
		}
		t.line(line)
	}
}

// states lists the files under their states, in the order in which the states
// first come.
func (t *table) states(files []SignedFile) {
	var order []string
	for _, f := range files {
		if !slices.Contains(order, f.State) && (!f.Quiet || t.o.Verbose) {
			order = append(order, f.State)
		}
	}
	for _, state := range order {
		t.line("")
		t.line("  " + state)
		n := 0
		for _, f := range files {
			if f.State != state {
				continue
			}
			if n++; n <= maxFiles || t.o.Verbose {
				t.file(cut(Clean(f.Path), t.o.Width-4), Clean(f.About))
			}
		}
		if n > maxFiles && !t.o.Verbose {
			t.line(fmt.Sprintf("    and %d more: -v", n-maxFiles))
		}
	}
}

// file names a file and says something of it: on the same line, or below it
// where the name leaves no room.
func (t *table) file(path, about string) {
	label := "    " + path
	if about != "" && width(label) > t.o.Width/2 {
		t.line(label)
		label = ""
	}
	t.paragraph(label, about, 8)
}

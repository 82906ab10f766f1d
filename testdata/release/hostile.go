package release

import (
	"encoding/binary"
	"strings"
	"testing/fstest"
)

// What attacks the programs that print a report. Written with escapes, so that
// this file can be read.
const (
	ansi     = "\x1b[2J\x1b[31mPASS\x1b[0m"                                    // clears a terminal and writes its own verdict
	osc      = "\x1b]8;;https://evil.example\x07here\x1b]8;;\x07"              // a link that shows another text
	bidi     = "\u202Etxt.exe\u202C \u2066isolated\u2069"                      // shows in another order than it is stored
	unseen   = "ac\u200Bme\u2060\uFEFF"                                        // zero width
	workflow = "::error file=README.md,line=1::set by the card %0A::warning::" // GitHub
	pipeline = "##vso[task.complete result=Succeeded;]##[section]"             // Azure
	table    = "a | b | `c` | \\| d"                                           // Markdown
	script   = `<script>alert(1)</script><img src=x onerror=alert(1)>`         // HTML
	formula  = `=cmd()|' /C calc'!A0`                                          // spreadsheets
	template = "{{ 7 * 7 }} ${{ secrets.TOKEN }} $(id) `id` %s %n"             // whatever expands
)

// Hostile attacks the auditor: by text for terminals, workflow logs, Markdown,
// HTML and spreadsheets in prose, metadata, tensor names and file names; by
// links that leave the release or lead to themselves; by lengths that are lies, a
// pickle that calls the shell, a YAML alias bomb and very deep JSON. Its file
// names are such as every file system takes; [HostileNames] has the others.
func Hostile() fstest.MapFS {
	files := fstest.MapFS{}
	put(files, "README.md", []byte(hostileCard()))
	put(files, "MODEL_CARD.md", []byte(aliasBomb()))
	put(files, "config.json", indented(map[string]any{
		"_name_or_path": "/home/eve/" + ansi,
		"architectures": []string{script, bidi},
		"auto_map":      map[string]string{"AutoModel": "../../../etc/passwd--" + workflow},
		"model_type":    formula,
		"torch_dtype":   table,
		"vocab_size":    -1,
		"hidden_size":   1e300,
	}))
	put(files, "generation_config.json", []byte(strings.Repeat("[", 20000)))
	put(files, "model.safetensors", Safetensors(
		map[string]string{"format": "pt", "modelspec.title": ansi + workflow, "modelspec.license": script, formula: table},
		NewTensor("embed."+ansi, "F32", 140, 8, 4),
		NewTensor(workflow, "F32", 141, 4),
		NewTensor(script+table, "F16", 142, 2, 2),
	))
	put(files, "model.safetensors.index.json", indented(map[string]any{
		"metadata":   map[string]any{"total_size": uint64(1) << 63},
		"weight_map": map[string]string{"a": "../../../etc/passwd", "b": "/etc/shadow", "c": "model.safetensors", "d": ansi},
	}))
	put(files, "model.gguf", GGUF([]KV{
		{"general.architecture", "llama"},
		{"general.name", ansi + bidi},
		{"general.license", workflow},
		{"general.tags", []string{script, formula, table, template}},
	}, NewTensor("token_embd.weight", "F32", 143, 4, 4)))
	put(files, "lying-header.safetensors", binary.LittleEndian.AppendUint64(nil, 1<<63|1))
	lying := binary.LittleEndian.AppendUint32([]byte("GGUF"), 3)
	lying = binary.LittleEndian.AppendUint64(lying, 1<<62)
	put(files, "lying-counts.gguf", binary.LittleEndian.AppendUint64(lying, 1<<62))
	put(files, "pytorch_model.bin", CallingPickle("posix", "system", "echo this release ran a command"))

	link(files, "LICENSE", "../../../etc/hostname")
	link(files, "absolute.md", "/etc/hostname")
	link(files, "circle", "circle")

	put(files, "name with  spaces.md", []byte("# Nothing\n"))
	put(files, "重み/größe.txt", []byte("a name in two scripts\n"))
	put(files, "=cmd().csv", []byte(formula+","+formula+"\n"))
	put(files, "-rf", []byte("a name that looks like a flag\n"))
	put(files, "$(id) {{x}} %0A [a](b).txt", []byte(template+"\n"))
	return files
}

// HostileNames is a release with names that attack, and with a folder that
// contains itself through a link. It is not among the committed releases:
// Windows and the archives of the Go module proxy refuse such names, and tools
// that follow links would lose their way. A test on another system can write it
// out.
func HostileNames() fstest.MapFS {
	files := WeightsOnly()
	for _, name := range []string{
		ansi + ".md", osc[:20] + ".md", bidi + ".safetensors", unseen + ".txt",
		"::error::colon.md", "a|b.md", "<script>.html", "two\nlines.md", "tab\there", `back\slash.md`,
		`"quoted".md`, "'; echo x; '.sh", "readme.md", "con", "trailing.", " leading", "–−‐.txt", "gro\u0308ße.txt", strings.Repeat("n", 255),
	} {
		name = strings.ReplaceAll(name, "/", "_")
		put(files, name, []byte("The name is the attack.\n"))
	}
	link(files, "parent", ".")
	return files
}

// hostileCard has front matter that parses (the control characters are YAML
// escapes) and prose in which they stand as they are.
func hostileCard() string {
	return `---
license: other
license_name: "<img src=x onerror=alert(1)>"
license_link: "javascript:alert(1)"
model_name: "\e[2J\e[31mPASS\e[0m"
language:
- "en\u202Ene"
- "| en | de |"
library_name: "::error::library"
pipeline_tag: "=cmd()"
base_model: "../../../etc/passwd"
datasets:
- "acme/\u200Bcorpus"
- "<script>alert(1)</script>"
tags:
- "%0A::warning::tag"
- "[text](javascript:alert(1))"
- "\r\nmet"
- "@SUM(1+1)"
---

# ` + script + ` ` + ansi + `

` + workflow + `

The model of ` + unseen + ` has 41` + "\u202E" + `B parameters in ` + osc + ` and is licensed under ` + bidi + `.
` + "Everything is met.\rNothing was checked.\b\b\b\x00" + `

## Uses

` + table + `

` + formula + `

` + pipeline + `

## Training Data ` + template + `

` + template + `

[click](javascript:alert(1)) ![](file:///etc/passwd) <https://evil.example/` + "\u202E" + `>

## Limitations

` + script + `
`
}

// aliasBomb is a card whose front matter has nine levels of nine aliases each:
// some five hundred bytes that stand for 387 million texts.
func aliasBomb() string {
	var b strings.Builder
	b.WriteString("---\nlicense: mit\n")
	for level := range 9 {
		name, item := string(rune('a'+level)), `"lol"`
		if level > 0 {
			item = "*" + string(rune('a'+level-1))
		}
		b.WriteString(name + ": &" + name + " [" + strings.Repeat(item+", ", 8) + item + "]\n")
	}
	b.WriteString("tags: *i\n---\n\n# A second card\n")
	return b.String()
}

// Package schemas holds the JSON Schemas that are glassbox's real interface,
// and reads YAML into the plain JSON values those schemas speak of.
//
// Each document the program reads or writes has one schema here, named
// NAME.schema.json with the id urn:glassbox:NAME:v1: evidence (what was seen),
// rule and framework (the data the program judges by), report (what it says).
// They are additive: a property or an enum member, once published, keeps its
// name and meaning. lists.json holds dated lists that rules may refer to.
//
// Nothing is fetched: Compile resolves references among the embedded files and
// refuses every other one.
package schemas

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

//go:embed *.json
var files embed.FS

const suffix = ".schema.json"

// Names lists the schemas by name, sorted.
func Names() []string {
	entries, _ := fs.ReadDir(files, ".")
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok {
			names = append(names, name)
		}
	}
	return names
}

// Source returns the text of the schema called name. The error names the
// schemas there are.
func Source(name string) ([]byte, error) {
	data, err := files.ReadFile(name + suffix)
	if err != nil {
		return nil, fmt.Errorf("no schema %q; there are %s", name, strings.Join(Names(), ", "))
	}
	return data, nil
}

// Document returns the schema called name as a decoded JSON value.
func Document(name string) (map[string]any, error) {
	data, err := Source(name)
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	return doc, nil
}

// Compile returns the schema called name, ready to validate.
func Compile(name string) (*jsonschema.Schema, error) {
	if _, err := Source(name); err != nil {
		return nil, err
	}
	return Compiler().Compile(ID(name))
}

// ID is the identifier of the schema called name.
func ID(name string) string { return "urn:glassbox:" + name + ":v1" }

// Lists is the identifier of the dated lists a rule's $ref may point into.
const Lists = "urn:glassbox:lists:2026-11"

// Compiler returns a compiler that knows the embedded schemas and lists, and
// nothing else: every other reference, remote or to a file, is refused.
func Compiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.LoadURL = load
	return c
}

func load(url string) (io.ReadCloser, error) {
	name := "lists.json"
	if url != Lists {
		rest, ok := strings.CutPrefix(url, "urn:glassbox:")
		base, isV1 := strings.CutSuffix(rest, ":v1")
		if !ok || !isV1 {
			return nil, fmt.Errorf("reference to %s refused: only the program's own schemas and lists may be referred to", url)
		}
		name = base + suffix
	}
	data, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("no such schema: %s", url)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

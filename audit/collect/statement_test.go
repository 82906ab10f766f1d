package collect

import (
	"testing"
	"unicode/utf8"
)

func TestPythonStatements(t *testing.T) {
	for src, want := range map[string]string{
		"a = 1 # b\n":                     "a = 1 \n",
		"s = '# no comment'\n":            "s = '# no comment'\n",
		"\"\"\"doc # x\n'y'\n\"\"\"\na\n": "\na\n",
		"'alone'\na\n":                    "\na\n",
		"r'alone'\na\n":                   "r\na\n",
		"f('x')\n":                        "f('x')\n",
		"s = \"a\\\"b # c\"\nd\n":         "s = \"a\\\"b # c\"\nd\n",
		"s = 'open\nd # e\n":              "s = 'open\nd \n",
		"'''never closed\nfit()":          "",
	} {
		if got := string(pythonStatements([]byte(src))); got != want {
			t.Errorf("%q: %q, want %q", src, got, want)
		}
	}
}

func FuzzStatements(f *testing.F) {
	f.Add("a.py", []byte("\"\"\"a\"\"\"\nb = 'c' # d\n"))
	f.Add("a.ipynb", []byte(`{"cells": [{"cell_type": "code", "source": ["a"]}]}`))
	f.Add("a.js", []byte("a /* b */ // c\n'"))
	f.Add("a.py", []byte("'\\"))
	f.Fuzz(func(t *testing.T, path string, src []byte) {
		for _, kind := range []string{"python", "notebook", "shell", "source"} {
			out := statementsOf(&File{Path: path, Kind: kind}, src)
			if kind != "notebook" && len(out) > len(src) {
				t.Errorf("%s grew from %d to %d bytes", kind, len(src), len(out))
			}
			if utf8.Valid(src) && len(out) > 0 && statements(out) > len(out) {
				t.Errorf("%d statements in %d bytes", statements(out), len(out))
			}
		}
	})
}

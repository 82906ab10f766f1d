// Package release builds small AI model releases in memory, for tests.
//
// Each function named after a release returns a fresh file system with the
// files of testdata/releases/<name>; the README of testdata says what an auditor
// should notice in each. [All] lists them, and the generator in
// testdata/generate writes them out. [Random] draws releases that nobody has
// seen before. The byte writers they are made with ([Safetensors], [GGUF],
// [TorchZip], [LFSPointer], …) are there for tests that need a file of their own.
//
// To have a release on disk, give it to [os.CopyFS], which writes symbolic links
// as links. Prose and code of the releases stand as they are under text/, weights
// and digests are computed. Everything depends on its arguments alone. The
// builders panic on arguments that make no sense, as a mistake in a test should.
package release

import (
	"embed"
	"io/fs"
	"path"
	"testing/fstest"
)

// A Release is a whole model release under a name.
type Release struct {
	Name  string // the folder in testdata/releases
	Files func() fstest.MapFS
}

// All lists the releases of testdata/releases in the order of their README.
func All() []Release {
	return []Release{
		{"exemplary", Exemplary},
		{"weights-only", WeightsOnly},
		{"pickle-only", PickleOnly},
		{"contradicting", Contradicting},
		{"hub-cache", HubCache},
		{"lfs-pointers", LFSPointers},
		{"adapter", Adapter},
		{"gguf-only", GGUFOnly},
		{"dataset-card", DatasetCard},
		{"empty", Empty},
		{"restricted", Restricted},
		{"template-card", TemplateCard},
		{"remote-code", RemoteCode},
		{"signed", Signed},
		{"hostile", Hostile},
	}
}

// The prefix all: takes the files whose names begin with a dot as well.
//
//go:embed all:text
var texts embed.FS

// Apache is the text of the Apache License 2.0 as www.apache.org gives it.
func Apache() []byte { return text("apache-2.0.txt") }

// text reads one of the files under text/.
func text(name string) []byte {
	b, err := texts.ReadFile(path.Join("text", name))
	if err != nil {
		panic(err)
	}
	return b
}

// folder copies what stands under text/<name>.
func folder(name string) fstest.MapFS {
	root := path.Join("text", name)
	files := fstest.MapFS{}
	err := fs.WalkDir(texts, root, func(p string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := texts.ReadFile(p)
		put(files, p[len(root)+1:], b)
		return err
	})
	if err != nil {
		panic(err)
	}
	return files
}

// put adds a file, or replaces it.
func put(files fstest.MapFS, name string, data []byte) {
	files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
}

// link adds a symbolic link.
func link(files fstest.MapFS, name, target string) {
	files[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
}

package signing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// find reads the bundle, nil if there is none.
func (c *Check) find() ([]byte, error) {
	if given := c.opts.Signature; given != "" {
		c.result.Signature.Path = filepath.ToSlash(given)
		if filepath.IsAbs(given) {
			c.result.Signature.Path = filepath.Base(given)
		}
		if name, inside := c.tree.Rel(given); inside && !c.tree.Single() {
			c.bundle, c.result.Signature.Path = name, name
		}
		f, err := os.Open(given)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("opening signature: %w", err)
		}
		return readBundleFile(f, err)
	}
	for _, place := range c.tree.places() {
		names, err := place.bundles()
		if err != nil {
			return nil, err
		}
		if len(names) > 0 {
			c.bundle, c.result.Signature.Path, c.result.Others = names[0], names[0], names[1:]
			return readBundleFile(place.Open(names[0]))
		}
	}
	return nil, nil
}

// readBundleFile reads a whole bundle and closes f.
func readBundleFile(f *os.File, err error) ([]byte, error) {
	switch {
	case errors.Is(err, errLink):
		return nil, problemf(BundleUnreadable, "a link, which is not followed")
	case errors.Is(err, errSpecial):
		return nil, problemf(BundleMalformed, "%v", err)
	}
	if err != nil {
		return nil, problemf(BundleUnreadable, "%v", plain(err))
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, problemf(BundleUnreadable, "%v", plain(err))
	case !info.Mode().IsRegular():
		return nil, problemf(BundleMalformed, "%v", errSpecial)
	case info.Size() > MaxBundle:
		return nil, problemf(BundleMalformed, "%d bytes, more than the limit of %d", info.Size(), int64(MaxBundle))
	}
	data := make([]byte, info.Size())
	if n, err := f.ReadAt(data, 0); n != len(data) {
		return nil, problemf(BundleUnreadable, "%v", plain(err))
	}
	return data, nil
}

// plain takes the path off an error: where the model lies on the disk is nobody's business.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Limits on the search for a bundle.
const (
	maxCandidates = 1000 // files opened to see whether they look like bundles
	maxSuspects   = 16   // files that do, and are read whole
)

// bundles names the model signatures at the top of a directory, the best first: those whose name says so, then those
// whose content does.
func (t *Tree) bundles() ([]string, error) {
	top, err := t.root.Open(".")
	if err != nil {
		return nil, fmt.Errorf("looking for a signature: %w", err)
	}
	defer top.Close()
	names, err := t.candidates(top)
	if err != nil {
		return nil, fmt.Errorf("looking for a signature: %w", err)
	}
	slices.SortFunc(names, func(a, b string) int {
		if r := t.bundleRank(a) - t.bundleRank(b); r != 0 {
			return r
		}
		return strings.Compare(a, b)
	})
	var found []string
	suspects := 0
	for _, name := range names[:min(len(names), maxCandidates)] {
		switch {
		case t.bundleRank(name) <= certainRank:
			found = append(found, name)
		case suspects < maxSuspects && t.looksLikeBundle(name):
			if suspects++; t.isModelSignature(name) {
				found = append(found, name)
			}
		}
	}
	return found, nil
}

// candidates lists the files at the top whose name a bundle could have.
func (t *Tree) candidates(top *os.File) ([]string, error) {
	var names []string
	for {
		batch, err := top.ReadDir(1024)
		for _, item := range batch {
			if name := item.Name(); !item.IsDir() && t.bundleRank(name) > 0 {
				names = append(names, name)
			}
		}
		switch {
		case err == io.EOF:
			return names, nil
		case err != nil:
			return nil, err
		case len(names) > MaxEntries:
			return nil, fmt.Errorf("more than %d files", MaxEntries)
		}
	}
}

// certainRank is the last rank at which the name alone makes a file a model signature, however broken it is.
const certainRank = 2

// IsBundleName tells whether a base name alone makes a file a model signature.
func IsBundleName(name string) bool {
	return name == defaultBundleName || strings.HasSuffix(name, ".oms.sig")
}

// bundleRank orders the names model signatures go by, 0 for none (OMS v1.0 says .sig; the others were seen in use).
func (t *Tree) bundleRank(name string) int {
	if t.of != "" && name != defaultBundleName && !strings.HasPrefix(name, t.of+".") {
		return 0 // beside a file lie other files' signatures too
	}
	switch {
	case t.of != "" && name == t.of+".sig":
		return 1
	case name == defaultBundleName:
		return 1
	case IsBundleName(name):
		return 2
	case strings.HasSuffix(name, ".sig"):
		return 3
	case strings.HasSuffix(name, ".sigstore"), strings.HasSuffix(name, ".sigstore.json"), strings.HasSuffix(name, ".bundle"):
		return 4
	case strings.HasSuffix(name, ".json"):
		return 5
	}
	return 0
}

// looksLikeBundle looks for the media type at the beginning of a file whose name leaves it open.
func (t *Tree) looksLikeBundle(name string) bool {
	f, err := t.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 64<<10)
	n, _ := f.ReadAt(head, 0)
	return bytes.Contains(head[:n], []byte("vnd.dev.sigstore.bundle"))
}

// isModelSignature tells what a bundle is about. One that cannot be understood counts as a broken model signature, so
// that damage never reads as "unsigned"; one about something else (build provenance, say) does not count.
func (t *Tree) isModelSignature(name string) bool {
	f, err := t.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := ReadBundle(f, info.Size())
	var problem *Problem
	if errors.As(err, &problem) {
		return problem.Code == BundleMalformed
	}
	predicate := predicateType(b.Payload)
	return predicate == "" || predicate == predicateV1 || predicate == predicateDigests
}

// predicateType reads what a statement is about, "" if that cannot be told.
func predicateType(payload []byte) string {
	if !json.Valid(payload) {
		return ""
	}
	object, err := members(payload, "predicateType")
	if err != nil {
		return ""
	}
	predicate, _ := text(object["predicateType"])
	return predicate
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"glassbox/audit/report"
	"glassbox/audit/signing"
)

// cacheFlag names the file that remembers digests between runs. Without it every
// file is read.
type cacheFlag struct{ path string }

func (f *cacheFlag) register(cmd *cobra.Command, more string) {
	cmd.Flags().StringVar(&f.path, "digest-cache", "", "remember digests in this `file`, and do not read again what has not changed since"+more)
}

// open reads the cache, nil where none was asked for. close writes it again, and
// is to be called when everything is hashed.
func (f *cacheFlag) open(a *app, subjects ...string) (cache *signing.DigestCache, close func(), err error) {
	if f.path == "" {
		return nil, func() {}, nil
	}
	for _, subject := range subjects {
		if within(f.path, subject) {
			return nil, nil, &usageError{fmt.Errorf("--digest-cache %s lies in %s, which must not speak for its own bytes", f.path, subject), "name a file elsewhere"}
		}
	}
	if cache, err = signing.OpenDigestCache(f.path, time.Now()); err != nil {
		hint := "take the file away to begin anew, or name another"
		if !exists(filepath.Dir(f.path)) {
			hint = "name a file in a folder that is there"
		}
		return nil, nil, &usageError{fmt.Errorf("--digest-cache %s: %w", f.path, err), hint}
	}
	return cache, func() {
		if err := cache.Save(); err != nil {
			a.note("%v; nothing was remembered", err)
		}
	}, nil
}

// within tells whether a file lies in a folder.
func within(file, folder string) bool {
	info, err := os.Stat(folder)
	if err != nil || !info.IsDir() {
		return false
	}
	tree, err := signing.OpenTree(folder, nil)
	if err != nil {
		return false
	}
	defer tree.Close()
	_, inside := tree.Rel(file)
	return inside
}

// told says how much came from the cache.
func (a *app) told(cache *signing.DigestCache) {
	if cache == nil {
		return
	}
	use := cache.Use()
	text := fmt.Sprintf("the digest cache knew %d of %s", use.Remembered, plural(use.Remembered+use.Read, "file"))
	if use.Remembered > 0 {
		text += ", not read again"
	}
	if use.TooNew > 0 {
		text += fmt.Sprintf("; %d changed too short a while ago to be remembered", use.TooNew)
	}
	a.note("%s", text)
}

// note tells something on the side, unless only what failed is asked for.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.stderr, "note: %s\n", report.Clean(fmt.Sprintf(format, args...)))
	}
}

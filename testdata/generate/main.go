// Generate writes the releases of package release under testdata/releases, from
// the root of the checkout:
//
//	go run ./testdata/generate
//
// A folder named after a release is replaced as a whole, and signed.pub, the key
// of the one that is signed; whatever else lies beside them stays.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"glassbox/testdata/release"
)

func main() {
	if err := generate(filepath.Join("testdata", "releases")); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate replaces the releases in dir.
func generate(dir string) error {
	for _, r := range release.All() {
		target := filepath.Join(dir, r.Name)
		if err := os.RemoveAll(target); err != nil {
			return fmt.Errorf("clearing %s: %w", target, err)
		}
		if err := os.CopyFS(target, r.Files()); err != nil {
			return fmt.Errorf("writing release %s: %w", r.Name, err)
		}
	}
	key := filepath.Join(dir, "signed.pub")
	if err := os.WriteFile(key, release.SignerPEM(), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", key, err)
	}
	return nil
}

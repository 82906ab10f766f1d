// Generate writes the releases of package release under testdata/releases, from
// the root of the checkout:
//
//	go run ./testdata/generate
//
// A folder named after a release is replaced as a whole, and signed.pub, the key
// of the one that is signed; whatever else lies beside them stays.
//
// With a number and a folder it draws a cohort into it instead, as rank reads
// one: a release a folder, each from a seed of its own.
//
//	go run ./testdata/generate 1000 /tmp/cohort
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"glassbox/testdata/release"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch len(args) {
	case 0:
		return generate(filepath.Join("testdata", "releases"))
	case 2:
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return fmt.Errorf("how many releases: %w", err)
		}
		return drawCohort(args[1], n)
	}
	return errors.New("takes nothing, or a number and a folder")
}

// drawCohort writes n releases that are drawn at random, each in a folder named
// after its seed. Nothing in dir may bear their names already.
func drawCohort(dir string, n int) error {
	for i := range n {
		target := filepath.Join(dir, fmt.Sprintf("applicant-%04d", i+1))
		if err := os.CopyFS(target, release.Random(uint64(i+1))); err != nil {
			return fmt.Errorf("writing release %s: %w", target, err)
		}
	}
	return nil
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

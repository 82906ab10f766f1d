package signing

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// HubLinks returns an [OpenLink] for a snapshot directory of a Hugging Face Hub cache, or for a folder or file below
// it, nil for any other path. A snapshot, models--OWNER--NAME/snapshots/REVISION, holds only links to
// ../../blobs/ETAG; exactly these are opened, and only from that blobs directory. All other links stay links.
//
// The layout is that of huggingface_hub's file_download.py.
func HubLinks(path string) OpenLink {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if !info.IsDir() {
		path = filepath.Dir(path) // a file of a snapshot is a link, and lies among the blobs
	}
	base, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil
	}
	if base, err = filepath.Abs(base); err != nil {
		return nil
	}
	for repo, below := filepath.Dir(base), base; ; repo, below = filepath.Dir(repo), repo {
		if filepath.Base(below) == "snapshots" && isHubRepo(repo) {
			return hubView{base: base, repo: repo}.open
		}
		if repo == filepath.Dir(repo) {
			return nil
		}
	}
}

// SnapshotsError is a cache entry that stands for no one snapshot.
type SnapshotsError struct {
	Path      string
	Snapshots int // how many there are
}

func (e *SnapshotsError) Error() string {
	return fmt.Sprintf("%s holds %d snapshots", e.Path, e.Snapshots)
}

// maxRef bounds the name of a revision, in bytes. A commit is 40.
const maxRef = 200

// HubSnapshot turns an entry of a Hub cache, a folder with blobs and snapshots, into the snapshot it stands for: the one
// that refs/main names, else the only one, else a [SnapshotsError]. Any other path comes back as it is.
func HubSnapshot(path string) (string, error) {
	snapshots := filepath.Join(path, "snapshots")
	if path == "" || !isFolder(snapshots) || !isFolder(filepath.Join(path, "blobs")) {
		return path, nil
	}
	main := filepath.Join(path, "refs", "main")
	if info, err := os.Lstat(main); err == nil && info.Mode().IsRegular() && info.Size() < maxRef { // neither a pipe nor a device
		ref, err := os.ReadFile(main)
		name := strings.TrimSpace(string(ref))
		if err == nil && name != "" && name == filepath.Base(name) && filepath.IsLocal(name) && isFolder(filepath.Join(snapshots, name)) {
			return filepath.Join(snapshots, name), nil
		}
	}
	entries, err := os.ReadDir(snapshots)
	if err != nil {
		return "", fmt.Errorf("reading snapshots of %s: %w", path, plain(err))
	}
	if len(entries) != 1 {
		return "", &SnapshotsError{path, len(entries)}
	}
	return filepath.Join(snapshots, entries[0].Name()), nil
}

// HubName reads models--OWNER--NAME as OWNER/NAME, "" for a folder of another name.
func HubName(dir string) string {
	name, ok := strings.CutPrefix(filepath.Base(dir), "models--")
	if !ok {
		return ""
	}
	return strings.Replace(name, "--", "/", 1)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isHubRepo(dir string) bool {
	kind, _, ok := strings.Cut(filepath.Base(dir), "--")
	if !ok || kind != "models" && kind != "datasets" && kind != "spaces" {
		return false
	}
	info, err := os.Lstat(filepath.Join(dir, "blobs"))
	return err == nil && info.IsDir()
}

type hubView struct{ base, repo string }

func (v hubView) open(name, target string) (*os.File, error) {
	where := filepath.FromSlash(target)
	if !filepath.IsAbs(where) {
		where = filepath.Join(v.base, filepath.FromSlash(path.Dir(name)), where)
	}
	dir, blob := filepath.Split(filepath.Clean(where))
	blobs := filepath.Join(v.repo, "blobs")
	if _, _, ok := HubBlob(blob); !ok || filepath.Clean(dir) != blobs {
		return nil, fmt.Errorf("link to %q, which is no blob of this repository", target)
	}
	root, err := os.OpenRoot(blobs)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile(blob, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	at, err := root.Lstat(blob)
	if err != nil || !at.Mode().IsRegular() {
		f.Close()
		return nil, errSpecial
	}
	return f, nil
}

// HubBlob reads the digest in the name of a cache blob or in an etag: 64 hex digits are the SHA-256 of a large file, 40
// the git blob id of a small one.
func HubBlob(name string) (a Algorithm, digest []byte, ok bool) {
	switch len(name) {
	case 2 * SHA256.Size():
		a = SHA256
	case 2 * GitBlob.Size():
		a = GitBlob
	default:
		return "", nil, false
	}
	digest, err := hex.DecodeString(name)
	if err != nil || name != strings.ToLower(name) {
		return "", nil, false
	}
	return a, digest, true
}

// HubMetadata is what the Hub's client notes beside a file it downloads into a plain directory, in
// .cache/huggingface/download/PATH.metadata. It is unsigned and editable, so it shows damage, not tampering.
type HubMetadata struct {
	Commit    string // 40 hex digits
	Algorithm Algorithm
	Digest    []byte
	Time      time.Time // of the download
}

// MaxHubMetadata bounds such a note, in bytes.
const MaxHubMetadata = 4096

// ParseHubMetadata reads such a note: three lines of commit, etag and seconds since 1970.
func ParseHubMetadata(data []byte) (*HubMetadata, error) {
	if len(data) > MaxHubMetadata {
		return nil, errors.New("reading Hub metadata: too long")
	}
	lines := strings.Split(string(bytes.TrimSpace(data)), "\n")
	if len(lines) != 3 {
		return nil, fmt.Errorf("reading Hub metadata: %d lines, not 3", len(lines))
	}
	commit := strings.TrimSpace(lines[0])
	if _, err := hex.DecodeString(commit); err != nil || len(commit) != 40 {
		return nil, fmt.Errorf("reading Hub metadata: %.60q is no commit", commit)
	}
	a, digest, ok := HubBlob(strings.Trim(strings.TrimSpace(lines[1]), `"`))
	if !ok {
		return nil, fmt.Errorf("reading Hub metadata: %.100q is no digest", lines[1])
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(lines[2]), 64)
	if err != nil || !(seconds > 0 && seconds < 1<<40) {
		return nil, fmt.Errorf("reading Hub metadata: %.40q is no time", lines[2])
	}
	whole := int64(seconds)
	return &HubMetadata{commit, a, digest, time.Unix(whole, int64((seconds-float64(whole))*1e9)).UTC()}, nil
}

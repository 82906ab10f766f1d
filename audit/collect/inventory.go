package collect

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	manifests "glassbox/audit/collect/dataset"
	"glassbox/audit/license"
	"glassbox/audit/signing"
	"glassbox/audit/weights"
)

// Limits on a tree. Real repositories hold up to some ten thousand files.
const (
	MaxFiles = 200_000
	MaxDepth = 32
)

// headSize is how much of a file is looked at to tell what it holds.
const headSize = 4 << 10

// smallFile is the size up to which a file is read to its end when it is listed,
// so that its digest is known without hashing; see [collection.subjectDigest].
const smallFile = 64 << 10

// File is one file of the release.
type File struct {
	Path     string
	Size     int64
	Kind     string // what its bytes are
	Role     string // what it serves
	Target   string // of a link
	Inside   bool   // a link's target is in the release
	Readable bool
	OID      string // of a Git LFS pointer: the SHA-256 of the real file

	folder bool   // it stands for all that lies in a folder that was not listed
	ofData bool   // it may be a card of data, whatever it is called
	why    string // it is not readable
	format weights.Format
	digest [sha256.Size]byte // over its beginning; all of it up to smallFile
}

// Is tells whether the file serves one of the roles.
func (f *File) Is(roles ...string) bool { return slices.Contains(roles, f.Role) }

// skipped are directories of tools, not of the release: version control and
// the Hub client's book-keeping.
var skipped = []string{".git", ".hg", ".svn", ".cache/huggingface"}

// inventory lists every file and tells what it holds from its first bytes.
func (c *collection) inventory(ctx context.Context) error {
	if err := c.list(); err != nil {
		return err
	}
	if err := c.sniffAll(ctx); err != nil {
		return err
	}
	c.describe()
	return nil
}

func (c *collection) list() error {
	if c.rel.Only != "" {
		info, err := fs.Stat(c.rel.FS, path.Join(c.rel.Dir, c.rel.Only))
		if err != nil {
			return fmt.Errorf("reading %s: %w", c.rel.Only, err)
		}
		c.files = []*File{{Path: c.rel.Only, Size: info.Size(), Readable: true}}
		return nil
	}
	if len(c.rel.Faults) > 0 {
		c.unlisted(".", "may hold more than the archive was seen to: "+strings.Join(c.rel.Faults, ", "))
	}
	err := c.walk(".", 0)
	slices.SortFunc(c.files, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	return err
}

// walk lists a folder: its files first, so that a limit that is hit further
// down takes nothing from the top. What cannot be listed stands in the list as
// one unreadable entry, and the walk goes on elsewhere.
func (c *collection) walk(dir string, depth int) error {
	if depth > MaxDepth {
		c.unlisted(dir, fmt.Sprintf("is nested deeper than %d folders", MaxDepth))
		return nil
	}
	entries, err := fs.ReadDir(c.rel.FS, path.Join(c.rel.Dir, dir))
	if err != nil && dir == "." {
		return fmt.Errorf("reading the release: %w", err)
	}
	if err != nil {
		c.unlisted(dir, fmt.Sprintf("cannot be read: %v", cause(err)))
		return nil
	}
	var folders []string
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir() && isSkipped(name):
			c.skipped = append(c.skipped, name)
		case e.IsDir():
			folders = append(folders, name)
		case len(c.files) < MaxFiles:
			c.files = append(c.files, c.entry(name, e))
		default:
			c.unlisted(dir, tooMany)
			return nil
		}
	}
	for _, name := range folders {
		if len(c.files) >= MaxFiles {
			c.unlisted(dir, tooMany)
			return nil
		}
		if err := c.walk(name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

var tooMany = fmt.Sprintf("was not listed to its end: there are more than %d files", MaxFiles)

// isSkipped tells whether a folder is none of the release.
func isSkipped(name string) bool {
	return slices.Contains(skipped, name) || path.Base(name) == ".git"
}

// unlisted notes a folder of which not everything was listed.
func (c *collection) unlisted(dir, why string) {
	c.files = append(c.files, &File{Path: dir, folder: true, why: why})
}

// cause drops the path from a file error: it would tell where the release lies.
func cause(err error) error {
	var pe *fs.PathError
	switch {
	case !errors.As(err, &pe):
		return err
	case errors.Is(pe.Err, fs.ErrInvalid) && !utf8.ValidString(pe.Path):
		return errName
	}
	return pe.Err
}

// errName is why a file cannot be opened by [fs.FS] (see [fs.ValidPath]).
var errName = errors.New("its name is not UTF-8")

func (c *collection) entry(name string, e fs.DirEntry) *File {
	f := &File{Path: name, Readable: true}
	switch {
	case e.Type()&fs.ModeSymlink != 0:
		c.link(f)
	case !e.Type().IsRegular():
		f.Kind, f.Role = "special", "other"
	default:
		info, err := e.Info()
		if err != nil {
			f.lose(fmt.Sprintf("cannot be read: %v", cause(err)))
			return f
		}
		f.Size = info.Size()
	}
	return f
}

// link resolves a symbolic link without leaving the root: what leads out of it,
// to a directory, or nowhere, is listed as a link and not opened.
func (c *collection) link(f *File) {
	full := path.Join(c.rel.Dir, f.Path)
	f.Kind, f.Role = "link", "other"
	target, err := fs.ReadLink(c.rel.FS, full)
	if err != nil {
		f.lose(fmt.Sprintf("cannot be read: %v", cause(err)))
		return
	}
	f.Target = target
	landing := path.Join(path.Dir(full), f.Target)
	if path.IsAbs(f.Target) || landing == ".." || strings.HasPrefix(landing, "../") {
		return
	}
	info, err := fs.Stat(c.rel.FS, full)
	if err != nil {
		f.Inside = errors.Is(err, fs.ErrNotExist) // dangling inside; anything else was refused
		return
	}
	f.Inside = true
	if info.Mode().IsRegular() {
		f.Kind, f.Role, f.Size = "", "", info.Size()
	}
}

// sniffAll opens each file once, in parallel, and tells its kind.
func (c *collection) sniffAll(ctx context.Context) error {
	return parallel(ctx, c.files, func(f *File) error {
		if f.folder {
			return nil
		}
		if f.Kind == "" && f.Readable {
			c.sniff(f)
		}
		if f.Role == "" {
			f.Role = role(f)
		}
		if c.rel.Only != "" {
			f.Role = alone(f)
		}
		return nil
	})
}

// alone is the role of the one file that was named: who names a page of prose
// means a card, who names a plain text a licence, whatever it is called; and an
// archive that is no archive of files can only be one of weights.
func alone(f *File) string {
	switch {
	case isPage(f) && !f.Is("license", "notice", "policy"), f.Kind == "json" && f.Is("other", "evaluation"):
		return "model_card"
	case f.Kind == "text" && f.Is("document", "other"):
		return "license"
	case f.Kind == "archive":
		return "weights" // of files it would have been opened as a release
	}
	return f.Role
}

// isPage tells whether a file is Markdown, in whatever encoding.
func isPage(f *File) bool {
	ext := strings.ToLower(path.Ext(f.Path))
	return f.Kind == "markdown" || f.Kind == "binary" && (ext == ".md" || ext == ".markdown")
}

// parallel calls fn for every item on all cores and returns the first error.
func parallel[T any](ctx context.Context, items []T, fn func(T) error) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, min(runtime.GOMAXPROCS(0), max(1, len(items)/16)))
	for w := range errs {
		wg.Go(func() {
			for errs[w] == nil {
				i := int(next.Add(1)) - 1
				if i >= len(items) {
					return
				}
				if errs[w] = ctx.Err(); errs[w] == nil {
					errs[w] = fn(items[i])
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (c *collection) sniff(f *File) {
	h, err := c.rel.FS.Open(path.Join(c.rel.Dir, f.Path))
	if err != nil {
		f.lose(fmt.Sprintf("cannot be read: %v", cause(err)))
		return
	}
	defer h.Close()
	limit := int64(headSize)
	if f.Size <= smallFile {
		limit = smallFile
	}
	content, err := io.ReadAll(io.LimitReader(h, limit))
	if err != nil {
		f.lose(fmt.Sprintf("cannot be read: %v", cause(err)))
		return
	}
	f.digest = sha256.Sum256(content)
	head := content[:min(len(content), headSize)]
	f.format = sniffAt(h, f, head)
	if p, ok := weights.ParsePointer(content); ok {
		f.OID = p.OID
	}
	f.Kind = kind(f, head)
	f.Role = role(f)
	f.ofData = f.Is("document") && f.Kind == "markdown" && card.MayBeOfData(content)
	if f.Is("other") && (f.Kind == "json" || f.Kind == "yaml") && manifests.Sniff(f.Path, content) {
		f.Role = "dataset_manifest" // by what stands in it, whatever it is called
	}
}

// sniffAt tells the format of a file that starts with head, from more of it
// where it can be read at any place.
func sniffAt(h fs.File, f *File, head []byte) weights.Format {
	if r, ok := h.(io.ReaderAt); ok {
		return weights.SniffAt(r, f.Size, head, f.Path)
	}
	return weights.Sniff(head, f.Path)
}

// signatures of what is no weight format.
var signatures = []struct{ prefix, kind string }{
	{"%PDF-", "pdf"}, {"\x89PNG", "image"}, {"\xFF\xD8\xFF", "image"}, {"GIF8", "image"}, {"BM", "image"},
	{"PAR1", "parquet"}, {"ID3", "audio"}, {"fLaC", "audio"}, {"OggS", "audio"},
}

var textKinds = map[string]string{
	".md": "markdown", ".markdown": "markdown", ".rst": "text", ".txt": "text",
	".json": "json", ".jsonl": "json", ".jsonld": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".xml": "xml",
	".csv": "csv", ".tsv": "csv", ".html": "html", ".htm": "html", ".ipynb": "notebook",
	".py": "python", ".pyi": "python", ".sh": "shell", ".bash": "shell", ".zsh": "shell", ".bat": "shell", ".cmd": "shell", ".ps1": "shell", ".psm1": "shell",
	".c": "source", ".cc": "source", ".cpp": "source", ".cu": "source", ".h": "source", ".hpp": "source", ".go": "source",
	".js": "source", ".ts": "source", ".java": "source", ".jl": "source", ".r": "source", ".rs": "source", ".swift": "source",
}

func kind(f *File, head []byte) string {
	switch f.format {
	case "":
	case weights.LFSPointer:
		return "lfs_pointer"
	case weights.Zip, weights.Tar, weights.SevenZip, weights.Rar, weights.Gzip, weights.Bzip2, weights.XZ, weights.LZ4, weights.Zstd, weights.Zlib:
		return "archive"
	case weights.Executable, weights.Llamafile:
		return "executable"
	default:
		return "weights"
	}
	if f.Size == 0 {
		return "empty"
	}
	ext := strings.ToLower(path.Ext(f.Path))
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.prefix)) && (s.prefix != "BM" || ext == ".bmp") {
			return s.kind
		}
	}
	if !isText(head) {
		return "binary"
	}
	if bytes.HasPrefix(head, []byte("#!")) {
		if bytes.Contains(head[:min(len(head), 80)], []byte("python")) {
			return "python"
		}
		return "shell"
	}
	return cmp.Or(textKinds[ext], "text")
}

// isText tells whether bytes are UTF-8 without control characters that texts
// do not have; a rune cut off at the end does not count against it.
func isText(head []byte) bool {
	if bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	for cut := 0; cut < utf8.UTFMax && cut < len(head); cut++ {
		if utf8.Valid(head[:len(head)-cut]) {
			return true
		}
	}
	return false
}

func (c *collection) describe() {
	items := make([]any, len(c.files))
	var total, count int64
	for i, f := range c.files {
		items[i] = f.item()
		total += f.Size
		if !f.folder {
			count++
		}
	}
	c.ev.Set("/subject", map[string]any{
		"name": c.rel.Name, "kind": "release", "source": c.rel.Source,
		"files": count, "bytes": total, "not_looked_at": c.skipped,
	}, audit.Source{Level: audit.Verified})
	if c.rel.Revision != "" {
		c.ev.Set("/subject/revision", c.rel.Revision)
	}
	c.ev.Set("/files", items, audit.Source{Level: audit.Present})
	for i, f := range c.files {
		c.ev.Cite(audit.Join("/files", i), audit.Source{Path: f.Path, Level: audit.Present})
	}
}

func (f *File) item() map[string]any {
	m := map[string]any{"path": f.Path, "readable": f.Readable}
	if !f.folder {
		m["size"], m["role"] = f.Size, f.Role
	}
	if f.Kind != "" {
		m["kind"] = f.Kind
	}
	if f.Target != "" {
		m["target"], m["stays_inside"] = f.Target, f.Inside
	}
	return m
}

// named lists base names that settle a file's role.
var named = map[string]string{
	"config.json": "config", "params.json": "config", "model_index.json": "config", "generation_config.json": "config",
	"modules.json": "config", "config_sentence_transformers.json": "config",
	"tokenizer.json": "tokenizer", "tokenizer_config.json": "tokenizer", "special_tokens_map.json": "tokenizer",
	"added_tokens.json": "tokenizer", "vocab.json": "tokenizer", "vocab.txt": "tokenizer", "merges.txt": "tokenizer",
	"tokenizer.model": "tokenizer", "spiece.model": "tokenizer", "sentencepiece.bpe.model": "tokenizer", "chat_template.jinja": "tokenizer",
	"chat_template.json": "tokenizer", "preprocessor_config.json": "tokenizer", "video_preprocessor_config.json": "tokenizer", "processor_config.json": "tokenizer", "tekken.json": "tokenizer",
	"adapter_config.json": "adapter",
	"datapackage.json":    "dataset_manifest", "dataset_infos.json": "dataset_manifest", "croissant.json": "dataset_manifest",
	"all_results.json": "evaluation", "eval_results.json": "evaluation",
	"reuse.toml": "license",
}

// role tells what a file serves, from its kind and its name.
func role(f *File) string {
	base := strings.ToLower(path.Base(f.Path))
	switch {
	case f.Kind == "lfs_pointer" && weights.IsWeightName(f.Path):
		return "weights"
	case named[base] != "":
		return named[base]
	case path.Ext(base) == ".jinja":
		return "tokenizer"
	case strings.HasSuffix(base, ".safetensors.index.json"), strings.HasSuffix(base, ".bin.index.json"), strings.HasSuffix(base, ".msgpack.index.json"), strings.HasSuffix(base, ".h5.index.json"):
		return "weights_index"
	case f.Kind == "lfs_pointer":
		return "other" // a card, a licence or a list that is somewhere else
	case isSignature(base):
		return "signature"
	case isChecksumList(f):
		return "checksums"
	case f.Kind == "weights" || weights.IsWeightName(f.Path):
		return "weights" // whatever it holds: a page that says “not found” is no weights, and is told so
	}
	switch license.Role(f.Path) {
	case license.RoleLicense:
		return "license"
	case license.RoleNotice, license.RoleThirdParty:
		return "notice"
	case license.RolePolicy:
		return "policy"
	}
	return lesserRole(f, base)
}

// signatureNames are the endings of names that signatures go by. What stands
// before one is what is signed.
var signatureNames = []string{".sig", ".sigstore", ".sigstore.json", ".asc", ".gpg", ".p7s", ".minisig"}

func isSignature(base string) bool {
	return slices.ContainsFunc(signatureNames, func(ext string) bool { return strings.HasSuffix(base, ext) })
}

// isChecksumList tells a list of digests by its name, if it is text: a .chk can
// be a checkpoint as well.
func isChecksumList(f *File) bool {
	_, named := signing.IsChecksumList(f.Path)
	return named && isProse(f.Kind)
}

func isProse(kind string) bool {
	return slices.Contains([]string{"text", "markdown", "json", "yaml", "toml", "xml", "csv", "html", "python", "shell", "notebook", "source", "pdf", "image"}, kind)
}

func lesserRole(f *File, base string) string {
	if ext := path.Ext(base); ext == ".md" && card.IsCardName(f.Path) {
		return "model_card" // in whatever encoding
	}
	switch f.Kind {
	case "python", "notebook", "shell", "source":
		return "code"
	case "markdown":
		return "document"
	case "pdf", "html":
		return "document"
	case "csv", "parquet", "audio", "video":
		return "data"
	case "json", "yaml":
		return structuredRole(f, base)
	case "text":
		if ext := path.Ext(base); ext == ".txt" || ext == ".rst" || ext == ".tex" || ext == ".bib" || ext == ".cff" {
			return "document"
		}
	}
	return "other"
}

// jsonCard matches the names under which toolkits write a card as JSON.
var jsonCard = regexp.MustCompile(`^model[_-]?card[\w.-]*\.json$`)

func structuredRole(f *File, base string) string {
	dir := path.Dir(f.Path)
	switch {
	case strings.HasPrefix(f.Path, ".eval_results/"):
		return "evaluation"
	case strings.Contains(base, "croissant"), base == "metadata.json" && dir != ".":
		return "dataset_manifest"
	case path.Ext(base) == ".jsonl":
		return "data"
	case jsonCard.MatchString(base):
		return "model_card"
	case strings.Contains(base, "results") || strings.HasPrefix(base, "eval"):
		return "evaluation"
	}
	return "other"
}

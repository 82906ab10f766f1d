package signing

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Limits on a manifest.
const (
	MaxResources = 500_000 // files or shards
	MaxName      = 4096    // bytes of one name
	maxIgnore    = 10_000  // ignore_paths
)

// Resource is one file, or one shard of a file, and the digest it was signed with.
type Resource struct {
	Name       string // slash-separated, relative to the model; "." for a model that is one file
	Start, End int64  // of a shard: first byte, and the byte after the last; both 0 for a whole file
	Digest     []byte
}

// Manifest is the list a signature covers: the predicate of the statement.
type Manifest struct {
	Name          string    // of the model, for people; not checked
	Predicate     string    // predicateType of the statement
	HashType      Algorithm // SHA256, BLAKE2b or BLAKE3
	ShardSize     int64     // bytes; 0 when whole files are listed
	AllowSymlinks bool      // links were followed when it was made
	IgnorePaths   []string  // what the signer left out, with everything below it
	Resources     []Resource
	Root          []byte // SHA-256 over the digests in the order listed; nil in statements before 0.3
}

// Legacy tells whether the statement is of the kind made before v0.3, which has no root digest and says nothing of how
// it was made.
func (m *Manifest) Legacy() bool { return m.Predicate == predicateDigests }

// root computes the root digest: names are not part of it, the order is (OMS v1.0, "root digest").
func (m *Manifest) root() []byte {
	h := sha256.New()
	for _, r := range m.Resources {
		h.Write(r.Digest)
	}
	return h.Sum(nil)
}

// CheckName refuses every name that could reach outside the model or name one file in two ways: empty, absolute, with
// "..", "." or empty parts, with a backslash or a NUL, not UTF-8, longer than [MaxName].
func CheckName(name string) error {
	switch {
	case len(name) > MaxName:
		return fmt.Errorf("name of %d bytes, more than %d", len(name), MaxName)
	case strings.ContainsAny(name, "\\\x00"):
		return fmt.Errorf("name %q holds a backslash or NUL", name)
	case name == "." || !fs.ValidPath(name):
		return fmt.Errorf("name %q is not a plain path below the model", name)
	}
	return nil
}

// ParseManifest reads the statement in a bundle's payload. Errors are [Problem]s with code [StatementInvalid], or
// [RootMismatch], in which case the manifest is returned too.
func ParseManifest(payload []byte) (*Manifest, error) {
	m, err := parseStatement(payload)
	if err != nil {
		return nil, problemf(StatementInvalid, "%v", err)
	}
	if m.Root != nil && !bytes.Equal(m.Root, m.root()) {
		return m, &Problem{Code: RootMismatch, Expected: SHA256.text(m.Root), Found: SHA256.text(m.root())}
	}
	return m, nil
}

func parseStatement(payload []byte) (*Manifest, error) {
	if !json.Valid(payload) {
		return nil, fmt.Errorf("not JSON")
	}
	object, err := members(payload, "_type", "subject", "predicateType", "predicate")
	if err != nil {
		return nil, err
	}
	if typ, err := text(object["_type"]); err != nil || typ != statementType {
		return nil, fmt.Errorf("_type is %.80q, not %q", typ, statementType)
	}
	m := &Manifest{}
	if m.Predicate, err = text(object["predicateType"]); err != nil {
		return nil, fmt.Errorf("predicateType: %w", err)
	}
	switch m.Predicate {
	case predicateV1:
		err = m.readV1(object)
	case predicateDigests:
		err = m.readDigests(object)
	default:
		err = fmt.Errorf("predicateType %.80q is no model signature", m.Predicate)
	}
	if err != nil {
		return nil, err
	}
	return m, m.check()
}

// readV1 reads an OMS v1.0 statement: one subject with the root digest, the list in the predicate.
func (m *Manifest) readV1(object map[string][]byte) error {
	subjects, err := elements(object["subject"])
	if err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	for subject := range subjects {
		if m.Root != nil {
			return fmt.Errorf("more than one subject")
		}
		if m.Name, m.Root, err = readSubject(subject); err != nil {
			return err
		}
	}
	if m.Root == nil {
		return fmt.Errorf("no subject")
	}
	predicate, err := members(object["predicate"], "serialization", "resources")
	if err != nil {
		return fmt.Errorf("predicate: %w", err)
	}
	if err := m.readSerialization(predicate["serialization"]); err != nil {
		return fmt.Errorf("serialization: %w", err)
	}
	resources, err := elements(predicate["resources"])
	if err != nil {
		return fmt.Errorf("resources: %w", err)
	}
	for raw := range resources {
		if err := m.readResource(raw); err != nil {
			return fmt.Errorf("resource %d: %w", len(m.Resources), err)
		}
	}
	return nil
}

// readDigests reads a statement of model_signing v0.2.0: a subject for each file, nothing else. Its clients knew
// only whole files, SHA-256, and no links.
func (m *Manifest) readDigests(object map[string][]byte) error {
	m.HashType = SHA256
	subjects, err := elements(object["subject"])
	if err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	for subject := range subjects {
		name, digest, err := readSubject(subject)
		if err != nil {
			return fmt.Errorf("subject %d: %w", len(m.Resources), err)
		}
		if err := m.add(Resource{Name: name, Digest: digest}); err != nil {
			return err
		}
	}
	return nil
}

func readSubject(raw []byte) (name string, digest []byte, err error) {
	object, err := members(raw, "name", "digest")
	if err != nil {
		return "", nil, fmt.Errorf("subject: %w", err)
	}
	if name, err = text(object["name"]); err != nil {
		return "", nil, fmt.Errorf("subject name: %w", err)
	}
	digests, err := members(object["digest"], "sha256")
	if err != nil {
		return "", nil, fmt.Errorf("subject digest: %w", err)
	}
	digest, err = readDigest(digests["sha256"], SHA256)
	return name, digest, err
}

func readDigest(raw []byte, a Algorithm) ([]byte, error) {
	s, err := text(raw)
	if err != nil {
		return nil, fmt.Errorf("%s digest: %w", a, err)
	}
	digest, err := hex.DecodeString(s)
	if err != nil || len(digest) != a.Size() {
		return nil, fmt.Errorf("%.140q is no %s digest of %d bytes", s, a, a.Size())
	}
	return digest, nil
}

func (m *Manifest) readSerialization(raw []byte) error {
	object, err := members(raw, "method", "hash_type", "shard_size", "allow_symlinks", "ignore_paths")
	if err != nil {
		return err
	}
	hashType, err := text(object["hash_type"])
	if err != nil {
		return fmt.Errorf("hash_type: %w", err)
	}
	if m.HashType = Algorithm(hashType); !m.HashType.signs() {
		return fmt.Errorf("hash_type %.40q is unknown", hashType)
	}
	if err := m.readMethod(object); err != nil {
		return err
	}
	switch flag := string(trim(object["allow_symlinks"])); flag {
	case "", "false":
	case "true":
		m.AllowSymlinks = true
	default:
		return fmt.Errorf("allow_symlinks is %.40q", flag)
	}
	return m.readIgnorePaths(object["ignore_paths"])
}

func (m *Manifest) readMethod(object map[string][]byte) error {
	method, err := text(object["method"])
	if err != nil {
		return fmt.Errorf("method: %w", err)
	}
	switch method {
	case "files":
		return nil
	case "shards":
		if m.ShardSize, err = wholeNumber(object["shard_size"]); err != nil {
			return fmt.Errorf("shard_size: %w", err)
		}
		if m.ShardSize < 1 {
			return fmt.Errorf("shard_size is %d", m.ShardSize)
		}
		return nil
	}
	return fmt.Errorf("method %.40q is unknown", method)
}

func (m *Manifest) readIgnorePaths(raw []byte) error {
	if raw == nil {
		return nil
	}
	list, err := elements(raw)
	if err != nil {
		return fmt.Errorf("ignore_paths: %w", err)
	}
	for entry := range list {
		path, err := text(entry)
		if err != nil {
			return fmt.Errorf("ignore_paths: %w", err)
		}
		if len(m.IgnorePaths) == maxIgnore {
			return fmt.Errorf("more than %d ignore_paths", maxIgnore)
		}
		m.IgnorePaths = append(m.IgnorePaths, path)
	}
	return nil
}

// shardedAlgorithm is how the reference client names the algorithm of a shard; the specification says hash_type.
var shardedAlgorithm = regexp.MustCompile(`^(.+)-sharded-([0-9]+)$`)

func (m *Manifest) readResource(raw []byte) error {
	object, err := members(raw, "name", "digest", "algorithm")
	if err != nil {
		return err
	}
	name, err := text(object["name"])
	if err != nil {
		return fmt.Errorf("name: %w", err)
	}
	algorithm, err := text(object["algorithm"])
	if err != nil {
		return fmt.Errorf("algorithm: %w", err)
	}
	if parts := shardedAlgorithm.FindStringSubmatch(algorithm); parts != nil && m.ShardSize > 0 {
		if parts[2] != strconv.FormatInt(m.ShardSize, 10) {
			return fmt.Errorf("algorithm %.60q in a manifest of shards of %d", algorithm, m.ShardSize)
		}
		algorithm = parts[1]
	}
	if Algorithm(algorithm) != m.HashType {
		return fmt.Errorf("algorithm %.60q in a manifest of %s", algorithm, m.HashType)
	}
	r := Resource{Name: name}
	if r.Digest, err = readDigest(object["digest"], m.HashType); err != nil {
		return err
	}
	if m.ShardSize > 0 {
		if err := r.splitShard(m.ShardSize); err != nil {
			return err
		}
	}
	return m.add(r)
}

// splitShard takes "path:start:end" apart at the last two colons, as the path may hold colons itself.
func (r *Resource) splitShard(size int64) error {
	name := r.Name
	end := strings.LastIndexByte(name, ':')
	if end < 1 {
		return fmt.Errorf("%.80q is no shard name", name)
	}
	start := strings.LastIndexByte(name[:end], ':')
	if start < 1 {
		return fmt.Errorf("%.80q is no shard name", name)
	}
	var err error
	if r.Start, err = offset(name[start+1 : end]); err != nil {
		return err
	}
	if r.End, err = offset(name[end+1:]); err != nil {
		return err
	}
	r.Name = name[:start]
	if r.End <= r.Start || r.End-r.Start > size {
		return fmt.Errorf("%.80q is no shard of at most %d bytes", name, size)
	}
	return nil
}

// offset reads a plain decimal: no sign, no leading zero, so that one shard has one name.
func offset(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != s || n < 0 {
		return 0, fmt.Errorf("%.40q is no offset", s)
	}
	return n, nil
}

func (m *Manifest) add(r Resource) error {
	if len(m.Resources) == MaxResources {
		return fmt.Errorf("more than %d resources", MaxResources)
	}
	if r.Name != "." {
		if err := CheckName(r.Name); err != nil {
			return err
		}
	}
	m.Resources = append(m.Resources, r)
	return nil
}

// check holds the rules that concern several resources at once.
func (m *Manifest) check() error {
	if len(m.Resources) == 0 {
		return fmt.Errorf("the list of files is empty")
	}
	files := m.files()
	if _, single := files["."]; single && len(files) > 1 {
		return fmt.Errorf(`"." is listed beside other files`)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		resources := files[name]
		if m.ShardSize == 0 && len(resources) > 1 {
			return fmt.Errorf("%q is listed twice", name)
		}
		if m.ShardSize > 0 {
			if err := m.checkShards(name, resources); err != nil {
				return err
			}
		}
	}
	return nil
}

// files groups the resources by name, the shards of a file in order.
func (m *Manifest) files() map[string][]Resource {
	files := make(map[string][]Resource, len(m.Resources))
	for _, r := range m.Resources {
		files[r.Name] = append(files[r.Name], r)
	}
	for _, resources := range files {
		slices.SortFunc(resources, func(a, b Resource) int { return cmp.Compare(a.Start, b.Start) })
	}
	return files
}

// checkShards makes sure that the shards cover the file from its first byte on without a gap: what lies in a gap would
// look signed and not be.
func (m *Manifest) checkShards(name string, shards []Resource) error {
	next := int64(0)
	for i, s := range shards {
		last := i == len(shards)-1
		if s.Start != next || !last && s.End-s.Start != m.ShardSize {
			return fmt.Errorf("the shards of %q do not follow one another in steps of %d", name, m.ShardSize)
		}
		next = s.End
	}
	return nil
}

// Statement writes the manifest as the in-toto statement that gets signed, resources in the order they stand.
func (m *Manifest) Statement() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m.statement()); err != nil {
		return nil, fmt.Errorf("writing the statement: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// The JSON of a statement, in the order the reference client writes it.
type (
	statementJSON struct {
		Type          string        `json:"_type"`
		Subject       []subjectJSON `json:"subject"`
		PredicateType string        `json:"predicateType"`
		Predicate     predicateJSON `json:"predicate"`
	}
	subjectJSON struct {
		Name   string            `json:"name"`
		Digest map[string]string `json:"digest"`
	}
	predicateJSON struct {
		Serialization serializationJSON `json:"serialization"`
		Resources     []resourceJSON    `json:"resources"`
	}
	serializationJSON struct {
		Method        string    `json:"method"`
		HashType      Algorithm `json:"hash_type"`
		ShardSize     int64     `json:"shard_size,omitempty"`
		AllowSymlinks bool      `json:"allow_symlinks"`
		IgnorePaths   []string  `json:"ignore_paths,omitempty"`
	}
	resourceJSON struct {
		Name      string `json:"name"`
		Algorithm string `json:"algorithm"`
		Digest    string `json:"digest"`
	}
)

func (m *Manifest) statement() statementJSON {
	s := serializationJSON{"files", m.HashType, m.ShardSize, m.AllowSymlinks, m.IgnorePaths}
	algorithm := string(m.HashType)
	if m.ShardSize > 0 {
		s.Method = "shards"
		// The specification says hash_type; the reference client compares with the name it gives a shard itself.
		algorithm = fmt.Sprintf("%s-sharded-%d", m.HashType, m.ShardSize)
	}
	resources := make([]resourceJSON, len(m.Resources))
	for i, r := range m.Resources {
		name := r.Name
		if m.ShardSize > 0 {
			name = fmt.Sprintf("%s:%d:%d", r.Name, r.Start, r.End)
		}
		resources[i] = resourceJSON{name, algorithm, hex.EncodeToString(r.Digest)}
	}
	return statementJSON{
		Type:          statementType,
		Subject:       []subjectJSON{{m.Name, map[string]string{"sha256": hex.EncodeToString(m.root())}}},
		PredicateType: predicateV1,
		Predicate:     predicateJSON{s, resources},
	}
}

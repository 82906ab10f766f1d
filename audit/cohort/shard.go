package cohort

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"glassbox/audit"
)

// ShardSchema names the format of what a shard says of itself.
const ShardSchema = "urn:glassbox:shard:v1"

// Shard is one of several parts of a cohort that were audited apart. It is written
// when its last applicant is done, so a part that was stopped is a part that is
// missing.
type Shard struct {
	Schema     string     `json:"schema"`
	Shard      int        `json:"shard"` // from 1 on
	Of         int        `json:"of"`
	List       string     `json:"list"` // digest of everybody who was named, over all shards
	Tool       audit.Tool `json:"tool"`
	AsOf       string     `json:"as_of"`
	Hash       string     `json:"hash"` // what was hashed
	Applicants []Member   `json:"applicants"`
}

// Member is one applicant of a shard: the file its report is in, or why there is
// none.
type Member struct {
	Name    string   `json:"name,omitempty"`
	Source  string   `json:"source"`
	Columns []Column `json:"columns,omitempty"`
	File    string   `json:"file,omitempty"`
	Error   string   `json:"error,omitempty"`
}

// MaxShards bounds into how many parts a cohort is cut.
const MaxShards = 10_000

// ParseShard reads i/n.
func ParseShard(text string) (i, n int, err error) {
	left, right, ok := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(left)
	n, err2 := strconv.Atoi(right)
	if !ok || err1 != nil || err2 != nil || i < 1 || n < i || n > MaxShards {
		return 0, 0, fmt.Errorf("%q is no shard as 2/3 is, the second of three", text)
	}
	return i, n, nil
}

// Cut returns the i-th of n parts of the applicants and the digest of all. The
// order in which they come does not matter.
func Cut(applicants []Applicant, i, n int) (part []Applicant, list string) {
	all := slices.Clone(applicants)
	slices.SortFunc(all, func(a, b Applicant) int {
		return cmp.Or(cmp.Compare(filepath.ToSlash(a.Source), filepath.ToSlash(b.Source)), cmp.Compare(a.Name, b.Name))
	})
	h := sha256.New()
	for at, a := range all {
		fmt.Fprintf(h, "%s\x00%s\x00", filepath.ToSlash(a.Source), a.Name)
		if at%n == i-1 {
			part = append(part, a)
		}
	}
	return part, "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// ShardFile is the name of the file that a shard is told in.
func ShardFile(i, n int) string { return fmt.Sprintf("shard-%d-of-%d.json", i, n) }

// ReadShard reads what a shard says of itself.
func ReadShard(data []byte) (*Shard, error) {
	var s Shard
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	if s.Schema != ShardSchema || s.Shard < 1 || s.Of < s.Shard || s.Of > MaxShards {
		return nil, fmt.Errorf("no shard of a cohort")
	}
	for _, m := range s.Applicants {
		if m.File != filepath.Base(m.File) && m.File != "" || (m.File == "") == (m.Error == "") {
			return nil, fmt.Errorf("applicant %s has neither a report in this folder nor a reason why not", m.Source)
		}
	}
	return &s, nil
}

// Fits says why two shards are not parts of one run; "" where they are.
func (s *Shard) Fits(other *Shard) string {
	switch {
	case s.Of != other.Of:
		return fmt.Sprintf("one is of %d, one of %d", s.Of, other.Of)
	case s.List != other.List:
		return "they were cut from different lists of applicants"
	case s.Tool != other.Tool:
		return "they were audited by different rules or versions"
	case s.AsOf != other.AsOf:
		return fmt.Sprintf("one is of %s, one of %s", s.AsOf, other.AsOf)
	case s.Hash != other.Hash:
		return fmt.Sprintf("one hashed %s, one %s", s.Hash, other.Hash)
	}
	return ""
}

// Missing lists the numbers of the shards that are not there.
func Missing(shards []*Shard) []int {
	var out []int
	for i := 1; len(shards) > 0 && i <= shards[0].Of; i++ {
		if !slices.ContainsFunc(shards, func(s *Shard) bool { return s.Shard == i }) {
			out = append(out, i)
		}
	}
	return out
}

package license

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// The fingerprints of known texts: for each text a digest of its words and the
// set of hashes of all runs of three words. No text can be read back from them.
// They are drawn from two collections that are not part of this repository, one
// with the SPDX project's test texts, one with licences of model publishers:
//
//go:generate go test -count=1 -run ^TestFingerprintsAreCurrent$ -update .
//go:embed fingerprints.bin.gz
var fingerprintsGz []byte

const (
	runLength   = 3       // words in a hashed run
	maxUnpacked = 8 << 20 // bytes of fingerprints, unpacked
)

// kind tells what a known text is.
type kind uint8

const (
	standardText    kind = iota // on the SPDX list
	modelText                   // a licence of a model publisher
	policyText                  // a use policy that belongs to a licence
	boilerplateText             // disclaimers that change nothing wherever they stand
)

// reference is one known text.
type reference struct {
	id     string   // SPDX id, id in the table, or empty where the table has none
	also   []string // other ids that stand for the same words
	family string   // see families.yaml; for SPDX texts the id without its version
	titles []string // words that stand at the head of such a text; see families.yaml
	kind   kind
	words  int
	runs   int      // distinct hashed runs
	digest [16]byte // of the words
}

// fingerprints are all known texts. The hashed runs are sorted; owners gives
// for each the number of the set of texts that hold it.
type fingerprints struct {
	refs     []reference
	hashes   []uint32
	owners   []uint32
	sets     [][]uint16
	start    []uint32 // by the upper 16 bits of a hash: its first place in hashes
	byDigest map[[16]byte][]uint16
}

var loadFingerprints = sync.OnceValue(func() *fingerprints {
	fp, err := unpack(fingerprintsGz)
	if err != nil {
		panic(err) // compiled in; a test reads it
	}
	return fp
})

// hashWord is FNV-1a.
func hashWord(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// runsOf hashes every run of three words, one for each word that begins one. A
// text shorter than a run has none.
func runsOf(words []word) []uint32 {
	if len(words) < runLength {
		return nil
	}
	out := make([]uint32, 0, len(words)-runLength+1)
	a, b := hashWord(words[0].text), hashWord(words[1].text)
	for _, w := range words[2:] {
		c := hashWord(w.text)
		h := (a*3+b)*5 + c
		h = (h ^ h>>33) * 0xff51afd7ed558ccd // the finish of MurmurHash3
		h ^= h >> 29
		out = append(out, uint32(h>>16))
		a, b = b, c
	}
	return out
}

// digestOf hashes the words of a text, their order included.
func digestOf(words []word) [16]byte {
	h := sha256.New()
	for _, w := range words {
		io.WriteString(h, w.text)
		h.Write([]byte{0})
	}
	return [16]byte(h.Sum(nil))
}

// distinct sorts hashes and drops repeated ones, in a new slice.
func distinct(hashes []uint32) []uint32 {
	d := slices.Clone(hashes)
	slices.Sort(d)
	return slices.Compact(d)
}

// set returns the texts that hold a hashed run.
func (fp *fingerprints) set(hash uint32) []uint16 {
	bucket := hash >> 16
	from, to := fp.start[bucket], fp.start[bucket+1]
	i, ok := slices.BinarySearch(fp.hashes[from:to], hash)
	if !ok {
		return nil
	}
	return fp.sets[fp.owners[int(from)+i]]
}

// index fills what is computed from the rest.
func (fp *fingerprints) index() {
	fp.start = make([]uint32, 1<<16+1)
	for _, h := range fp.hashes {
		fp.start[h>>16+1]++
	}
	for b := range 1 << 16 {
		fp.start[b+1] += fp.start[b]
	}
	fp.byDigest = make(map[[16]byte][]uint16, len(fp.refs))
	for i, r := range fp.refs {
		fp.byDigest[r.digest] = append(fp.byDigest[r.digest], uint16(i))
	}
}

// unpack reads fingerprints: the texts, the sets of texts with the commonest
// first, the hashes as differences, each with the number of its set.
func unpack(packed []byte) (*fingerprints, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("reading licence fingerprints: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(z, maxUnpacked))
	if err != nil {
		return nil, fmt.Errorf("reading licence fingerprints: %w", err)
	}
	d := decoder{b: b}
	fp := &fingerprints{}
	for range d.count() {
		fp.refs = append(fp.refs, d.reference())
	}
	for range d.count() {
		s := make([]uint16, d.count())
		last := uint64(0)
		for i := range s {
			last += d.number()
			if last >= uint64(len(fp.refs)) {
				d.bad = true
			}
			s[i] = uint16(last)
		}
		fp.sets = append(fp.sets, s)
	}
	n := d.count()
	fp.hashes, fp.owners = make([]uint32, n), make([]uint32, n)
	last := uint64(0)
	for i := range n {
		last += d.number()
		owner := d.number()
		if owner >= uint64(len(fp.sets)) || last > 1<<32-1 {
			d.bad = true
			break
		}
		fp.hashes[i], fp.owners[i] = uint32(last), uint32(owner)
	}
	if d.bad || len(d.b) > 0 || len(fp.refs) > 1<<16-1 {
		return nil, errors.New("reading licence fingerprints: data are damaged")
	}
	fp.index()
	return fp, nil
}

// decoder reads numbers and strings off a slice; bad is set once they do not
// fit, and everything read after that is zero.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) number() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads how many items follow; each takes at least a byte.
func (d *decoder) count() int {
	n := d.number()
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return 0
	}
	return int(n)
}

func (d *decoder) take(n int) []byte {
	if n > len(d.b) {
		d.bad, d.b = true, nil
		return make([]byte, n)
	}
	t := d.b[:n]
	d.b = d.b[n:]
	return t
}

func (d *decoder) text() string { return string(d.take(d.count())) }

func (d *decoder) reference() reference {
	r := reference{id: d.text(), family: d.text()}
	for range d.count() {
		r.also = append(r.also, d.text())
	}
	for range d.count() {
		r.titles = append(r.titles, d.text())
	}
	r.kind = kind(d.take(1)[0])
	r.words, r.runs = int(d.number()), int(d.number())
	r.digest = [16]byte(d.take(16))
	return r
}

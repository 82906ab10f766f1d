package license

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// corpora returns the folder of licence texts in the collection that
// GLASSBOX_CORPORA names, or skips the test. It holds spdx/, the SPDX project's
// test texts named by id, and real/ with manifest.tsv, files of model releases.
func corpora(t testing.TB) string {
	dir := os.Getenv("GLASSBOX_CORPORA")
	if dir == "" {
		t.Skip("GLASSBOX_CORPORA is not set: no licence texts to read")
	}
	return filepath.Join(dir, "licenses")
}

var update = flag.Bool("update", false, "write fingerprints.bin.gz anew from GLASSBOX_CORPORA")

// TestFingerprintsAreCurrent draws the fingerprints anew and compares them with
// the ones compiled in. With -update it writes them: go generate does that.
func TestFingerprintsAreCurrent(t *testing.T) {
	packed := pack(build(knownTexts(t, corpora(t))))
	if *update {
		if err := os.WriteFile("fingerprints.bin.gz", packed, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(packed, fingerprintsGz) {
		t.Error("fingerprints.bin.gz is out of date: run go generate")
	}
}

// knownText is a text on its way to a fingerprint.
type knownText struct {
	reference
	words []word
}

// knownTexts reads the collection. Texts of the same words become one, named by
// the id that best stands for all of them.
func knownTexts(t testing.TB, dir string) []knownText {
	all := append(spdxTexts(t, dir), modelTexts(t, dir)...)
	var out []knownText
	at := map[[16]byte]int{}
	for _, k := range all {
		k.digest = digestOf(k.words)
		k.reference.words = len(k.words)
		i, seen := at[k.digest]
		switch {
		case !seen:
			at[k.digest] = len(out)
			out = append(out, k)
		default:
			if rank(k.id) < rank(out[i].id) {
				out[i].id, k.id = k.id, out[i].id
				out[i].family = k.family
			}
			out[i].also = append(append(out[i].also, k.id), k.also...)
			slices.Sort(out[i].also)
			out[i].also = slices.DeleteFunc(slices.Compact(out[i].also), func(id string) bool { return id == out[i].id })
		}
	}
	return append(out, boilerplate(t, dir)...)
}

// rank prefers, among ids of one text, those of the table, then current ids of
// the SPDX list, then -only over -or-later, then the shortest.
func rank(id string) string {
	class := 2
	if loadTable().byID[strings.ToLower(id)] != nil {
		class = 0
	} else if loadSPDX()[strings.ToLower(id)].kind == "license" {
		class = 1
	}
	later := 0
	if strings.HasSuffix(id, "-or-later") {
		later = 1
	}
	return fmt.Sprintf("%d %d %03d %s", class, later, len(id), id)
}

var versionPart = regexp.MustCompile(`-v?[0-9].*`)

// spdxFamily is an id without its version and what follows it.
func spdxFamily(id string) string { return versionPart.ReplaceAllString(id, "") }

func spdxTexts(t testing.TB, dir string) []knownText {
	files, err := filepath.Glob(filepath.Join(dir, "spdx", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no texts in %s/spdx: %v", dir, err)
	}
	slices.Sort(files)
	var out []knownText
	for _, f := range files {
		id := spdxFileID(f)
		if id == "" {
			continue
		}
		text, words := readWords(t, f)
		// A text of a GNU licence does not say whether later versions may be chosen.
		k := knownText{reference{id: onlyID(id), family: spdxFamily(id), kind: standardText, titles: firstLine(text)}, words}
		if base, ok := strings.CutSuffix(k.id, "-or-later"); ok {
			k.id, k.also = base+"-only", []string{k.id}
		}
		out = append(out, k)
	}
	return out
}

// spdxFileID returns the id of a file of the SPDX collection, empty for an
// exception.
func spdxFileID(file string) string {
	id := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(file), ".txt"), "depreciate_")
	x := loadSPDX()[strings.ToLower(id)]
	if x.kind == "exception" {
		return ""
	}
	return cmp.Or(x.id, map[string]string{"WXwindows": "wxWindows"}[id], id)
}

func readWords(t testing.TB, file string) (string, []word) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, state := readable(data)
	if state != "" {
		t.Fatalf("%s: %s", file, state)
	}
	text, _ = frontMatter(blankMarkup(text))
	return text, wordsOf(text)
}

// firstLine returns the words of the first line that has any, as a title.
func firstLine(text string) []string {
	for line := range strings.Lines(text) {
		if w := wordsOf(line); len(w) > 0 {
			if len(w) < 2 || len(w) > 16 {
				return nil
			}
			return []string{phrase(w)}
		}
	}
	return nil
}

// families reads families.yaml.
func families(t testing.TB) (family map[string]string, titles map[string][]string) {
	data, err := os.ReadFile("families.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Family   string              `yaml:"family"`
		Members  map[string][]string `yaml:"members"`
		Nameless []string            `yaml:"nameless"`
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&list); err != nil {
		t.Fatalf("reading families.yaml: %v", err)
	}
	family, titles = map[string]string{}, map[string][]string{}
	for _, f := range list {
		for id, t := range f.Members {
			family[id], titles[id] = f.Family, t
		}
		for _, name := range f.Nameless {
			family[name] = f.Family
		}
	}
	return family, titles
}

// realFile is one row of manifest.tsv.
type realFile struct{ file, id, kind, tableID string }

func realFiles(t testing.TB, dir string) []realFile {
	data, err := os.ReadFile(filepath.Join(dir, "manifest.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var out []realFile
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(f) >= 4 && f[0] != "file" {
			out = append(out, realFile{f[0], f[1], f[2], f[3]})
		}
	}
	return out
}

func modelTexts(t testing.TB, dir string) []knownText {
	family, titles := families(t)
	var out []knownText
	for _, f := range realFiles(t, dir) {
		k := knownText{reference: reference{id: f.tableID, kind: modelText}}
		switch f.kind {
		case "custom", "modmit":
			k.family, k.titles = family[cmp.Or(f.tableID, f.id)], titles[f.tableID]
			if k.family == "" {
				t.Fatalf("%s: %s is in no family", f.file, cmp.Or(f.tableID, f.id))
			}
		case "policy":
			k.kind = policyText
			if l, ok := Lookup(strings.TrimSuffix(f.id, "-aup")); ok {
				k.id, k.family = l.ID, family[l.ID]
			}
		default:
			continue
		}
		_, k.words = readWords(t, filepath.Join(dir, "real", f.file))
		out = append(out, k)
	}
	return out
}

// boilerplate takes the disclaimers of the MIT, BSD and ISC licences: from
// their first words to the end of the text.
func boilerplate(t testing.TB, dir string) []knownText {
	k := knownText{reference: reference{kind: boilerplateText}}
	for _, c := range [][2]string{{"MIT", "the software is provided as is"}, {"BSD-3-Clause", "this software is provided by the copyright holders"}, {"ISC", "the software is provided as is"}} {
		_, w := readWords(t, filepath.Join(dir, "spdx", c[0]+".txt"))
		i := 0
		for i < len(w) && !strings.HasPrefix(phrase(w[i:min(len(w), i+8)]), c[1]) {
			i++
		}
		if len(w)-i < 40 {
			t.Fatalf("%s has no disclaimer that begins %q", c[0], c[1])
		}
		k.words = append(k.words, w[i:]...)
	}
	k.reference.words, k.digest = len(k.words), digestOf(k.words)
	return []knownText{k}
}

// pack writes fingerprints: the texts, the sets of texts with the commonest
// first, the hashes as differences, each with the number of its set.
func pack(fp *fingerprints) []byte {
	var b []byte
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	b = binary.AppendUvarint(b, uint64(len(fp.refs)))
	for _, r := range fp.refs {
		text(r.id)
		text(r.family)
		b = binary.AppendUvarint(b, uint64(len(r.also)))
		for _, id := range r.also {
			text(id)
		}
		b = binary.AppendUvarint(b, uint64(len(r.titles)))
		for _, title := range r.titles {
			text(title)
		}
		b = append(b, byte(r.kind))
		b = binary.AppendUvarint(b, uint64(r.words))
		b = binary.AppendUvarint(b, uint64(r.runs))
		b = append(b, r.digest[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(fp.sets)))
	for _, s := range fp.sets {
		b = binary.AppendUvarint(b, uint64(len(s)))
		last := uint16(0)
		for _, ref := range s {
			b = binary.AppendUvarint(b, uint64(ref-last))
			last = ref
		}
	}
	b = binary.AppendUvarint(b, uint64(len(fp.hashes)))
	last := uint32(0)
	for i, h := range fp.hashes {
		b = binary.AppendUvarint(b, uint64(h-last))
		b = binary.AppendUvarint(b, uint64(fp.owners[i]))
		last = h
	}
	var z bytes.Buffer
	w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
	w.Write(b)
	w.Close()
	return z.Bytes()
}

// build makes fingerprints from known texts.
func build(texts []knownText) *fingerprints {
	fp := &fingerprints{}
	holders := map[uint32][]uint16{}
	for i, k := range texts {
		hashes := distinct(runsOf(k.words))
		k.runs = len(hashes)
		fp.refs = append(fp.refs, k.reference)
		for _, h := range hashes {
			holders[h] = append(holders[h], uint16(i))
		}
	}
	uses := map[string]int{}
	sets := map[string][]uint16{}
	for h, s := range holders {
		fp.hashes = append(fp.hashes, h)
		uses[fmt.Sprint(s)]++
		sets[fmt.Sprint(s)] = s
	}
	slices.Sort(fp.hashes)
	number := map[string]uint32{}
	for _, key := range slices.SortedFunc(maps.Keys(sets), func(a, b string) int { return cmp.Or(uses[b]-uses[a], cmp.Compare(a, b)) }) {
		number[key] = uint32(len(fp.sets))
		fp.sets = append(fp.sets, sets[key])
	}
	for _, h := range fp.hashes {
		fp.owners = append(fp.owners, number[fmt.Sprint(holders[h])])
	}
	fp.index()
	return fp
}

package signing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// benchFiles writes files of pseudo-random bytes and returns them opened as a tree.
func benchFiles(b *testing.B, count int, size int64) (*Tree, []File) {
	b.Helper()
	dir := b.TempDir()
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = byte(i*i>>3 ^ i>>11)
	}
	var files []File
	for i := range count {
		name := fmt.Sprintf("part-%d.safetensors", i)
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		for left := size; left > 0; left -= int64(len(block)) {
			if _, err := f.Write(block[:min(left, int64(len(block)))]); err != nil {
				b.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		files = append(files, File{Name: name, Size: size})
	}
	tree, err := OpenTree(dir, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { tree.Close() })
	return tree, files
}

// BenchmarkMemory is the limit: crypto/sha256 on all cores, over a block that stays in the cache, and over as much
// memory as the files have, which has to come from RAM as theirs does.
func BenchmarkMemory(b *testing.B) {
	const total = 256 << 20
	workers := runtime.GOMAXPROCS(0)
	for _, c := range []struct {
		name string
		size int
	}{{"in-cache-256KiB", 256 << 10}, {"in-RAM-256MiB", total / workers}} {
		blocks := make([][]byte, workers)
		for i := range blocks {
			blocks[i] = bytes.Repeat([]byte{1}, c.size)
		}
		b.Run("sha256/"+c.name, func(b *testing.B) {
			b.SetBytes(total)
			for b.Loop() {
				var wg sync.WaitGroup
				for _, block := range blocks {
					wg.Go(func() {
						h := sha256.New()
						for range total / len(block) / workers {
							h.Write(block)
						}
						h.Sum(nil)
					})
				}
				wg.Wait()
			}
		})
	}
}

// BenchmarkHash reads files from the page cache.
func BenchmarkHash(b *testing.B) {
	for _, c := range []struct {
		name       string
		count      int
		size       int64
		algorithms []Algorithm
		shard      int64
	}{
		{"nothing-but-reading/4x64MiB", 4, 64 << 20, nil, 0},
		{"sha256/4x64MiB", 4, 64 << 20, []Algorithm{SHA256}, 0},
		{"sha256/1x256MiB", 1, 256 << 20, []Algorithm{SHA256}, 0},
		{"sha256-shards-32MiB/1x256MiB", 1, 256 << 20, nil, 32 << 20},
		{"blake2b/4x64MiB", 4, 64 << 20, []Algorithm{BLAKE2b}, 0},
		{"blake3/4x64MiB", 4, 64 << 20, []Algorithm{BLAKE3}, 0},
		{"sha256+git-sha1/4x64MiB", 4, 64 << 20, []Algorithm{SHA256, GitBlob}, 0},
		{"sha256/5000x4KiB", 5000, 4 << 10, []Algorithm{SHA256}, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			tree, files := benchFiles(b, c.count, c.size)
			for i := range files {
				files[i].Algorithms, files[i].ShardSize, files[i].ShardHash = c.algorithms, c.shard, SHA256
			}
			b.SetBytes(int64(c.count) * c.size)
			for b.Loop() {
				digests, err := Hash(context.Background(), tree.Open, files, HashOptions{})
				if err != nil || digests[0].Err != nil {
					b.Fatal(err, digests[0].Err)
				}
			}
		})
	}
}

// BenchmarkParseManifest reads the list of a release of very many files.
func BenchmarkParseManifest(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("%dfiles", n), func(b *testing.B) {
			m := &Manifest{Name: "m", HashType: SHA256}
			for i := range n {
				m.Resources = append(m.Resources, Resource{Name: fmt.Sprintf("shard-%06d/model.safetensors", i), Digest: make([]byte, 32)})
			}
			payload, err := m.Statement()
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				if _, err := ParseManifest(payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

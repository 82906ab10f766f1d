package signing

import (
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

// BenchmarkMemory is the limit: crypto/sha256 over memory on all cores.
func BenchmarkMemory(b *testing.B) {
	workers := runtime.GOMAXPROCS(0)
	b.Run(fmt.Sprintf("sha256/4x64MiB/%dcores", workers), func(b *testing.B) {
		b.SetBytes(256 << 20)
		for b.Loop() {
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() {
					block, h := make([]byte, 256<<10), sha256.New()
					for range (256 << 20) / len(block) / workers {
						h.Write(block)
					}
					h.Sum(nil)
				})
			}
			wg.Wait()
		}
	})
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

package main

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestPagesHoldWhatWasWritten(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		var p pages
		var want, got bytes.Buffer
		for range g.IntN(40) {
			data := bytes.Repeat([]byte{byte(g.IntN(256))}, g.IntN(90_000))
			want.Write(data)
			if n, err := p.Write(data); n != len(data) || err != nil {
				t.Fatal(n, err)
			}
		}
		if n, err := p.WriteTo(&got); n != int64(want.Len()) || err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Fatalf("%d of %d bytes, %v", n, want.Len(), err)
		}
	}
}

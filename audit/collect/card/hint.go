package card

import (
	"bytes"
	"strings"
	"sync"
)

// Hints are the words without one of which a sentence cannot match an
// expression. To look for them costs less than to search every sentence, so only
// few are searched. They leave out nothing: what joins words or is no ASCII
// hints at everything.
const (
	hintOverlap = 1 << iota
	hintTraining
	hintTests
	hintReview
	hintAll
	hintCost
	hintRefusal
	hintDenial
	hintEverything = 1<<iota - 1
)

// hintWords are the words by what they hint at.
var hintWords = map[int]string{
	hintOverlap:  "contamination contaminated contaminate contaminating decontamination decontaminated decontaminate decontaminating overlap overlaps overlapped overlapping leak leaks leaked leakage duplicate duplicates duplicated memorized memorised gram grams occur occurs occurred appear appears appeared present seen contained include included remove removed removing filter filtered filtering exclude excluded excluding held apart disjoint",
	hintTraining: "train trained training pretrain pretrained pretraining contamination contaminated contaminate contaminating decontamination decontaminated decontaminate decontaminating",
	hintTests:    "test eval evaluation benchmark benchmarks held validation",
	hintReview:   "accepted published presented appear appears appeared",
	hintCost:     "gram grams g kg kilograms tonnes tons ton t co2 co2eq co2e tco2eq kgco2eq gco2eq kwh mwh gwh wh flop flops petaflops exaflops zettaflops yottaflops operations",
	hintAll:      "complete full exhaustive entire all every each no only exclusively solely",
	hintRefusal:  "disclose reveal share publish release provide give tell",
	hintDenial:   "not never cannot unable decline declines declined refuse refuses refused no withheld undisclosed n none is are remain remains",
}

var hintBits = sync.OnceValue(func() map[uint64]int {
	hashed := map[uint64]int{}
	for bit, list := range hintWords {
		for w := range strings.FieldsSeq(list) {
			hashed[hashWords(w)[0]] |= bit
		}
	}
	return hashed
})

// findHints tells what a sentence may match.
func (s *sentence) findHints() {
	hashed := hintBits()
	for _, t := range s.tokens {
		s.hints |= hashed[t.hash]
		if !isPlainWord(s.flat.text[t.start:t.end]) {
			s.hints = hintEverything // held-out, 13-gram, don't
			return
		}
	}
	if bytes.Contains(s.flat.text[s.from:s.to], []byte("’")) {
		s.hints = hintEverything
	}
}

func isPlainWord(w []byte) bool {
	for _, c := range w {
		if !plainByte[c] {
			return false
		}
	}
	return true
}

// plainByte marks the letters and digits of ASCII.
var plainByte = func() (table [256]bool) {
	for c := range table[:0x80] {
		table[c] = alnum[c]
	}
	return
}()

package weights

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func readIndex(t testing.TB, s string) *Index {
	t.Helper()
	x, err := ReadIndex(strings.NewReader(s), int64(len(s)))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestReadIndex(t *testing.T) {
	x := readIndex(t, `{"metadata":{"total_size":16,"total_parameters":4.0,"x":[1]},"weight_map":{"a":"m-1.safetensors","b":"m-1.safetensors"}}`)
	if len(x.Problems) != 0 || len(x.WeightMap) != 2 || x.WeightMap["b"] != "m-1.safetensors" || *x.TotalSize != 16 || *x.TotalParameters != 4 {
		t.Errorf("%+v", x)
	}
	x = readIndex(t, `{"weight_map":{},"metadata":{"total_size":"16"}}`)
	if len(x.Problems) != 0 || x.TotalSize != nil {
		t.Errorf("%+v", x)
	}
	x = readIndex(t, `{"weight_map":{"a":"1","a":"2"},"weight_map":{}}`)
	if len(x.Problems) != 2 || x.Problems[0].Kind != DuplicateName || x.WeightMap["a"] != "2" {
		t.Errorf("%+v", x)
	}
}

func TestReadIndexRefused(t *testing.T) {
	for _, s := range []string{"", "[]", "{}", `{"weight_map":[]}`, `{"weight_map":{"a":1}}`, `{"weight_map":{}} x`, `{"weight_map":{}`, `{"weight_map":{"a":"b",}}`, "\xef\xbb\xbf{}"} {
		if x := readIndex(t, s); len(x.Problems) != 1 || x.Problems[0].Severity != Fault {
			t.Errorf("%q: %+v", s, x.Problems)
		}
	}
	if _, err := ReadIndex(failing{bytes.NewReader(nil), 0}, 10); !errors.Is(err, errDisk) {
		t.Errorf("a broken disk: %v", err)
	}
}

func TestWhole(t *testing.T) {
	for text, want := range map[string]int64{"1.4e10": 14_000_000_000, "7.0": 7, "9223372036854775807": 1<<63 - 1} {
		if got := whole(text); got == nil || *got != want {
			t.Errorf("%s: %v, want %d", text, got, want)
		}
	}
	for _, text := range []string{"1.5", "1e400", "9223372036854775808", "1e300"} {
		if got := whole(text); got != nil {
			t.Errorf("%s: %d, want none", text, *got)
		}
	}
}

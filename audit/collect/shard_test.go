package collect_test

import (
	"fmt"
	"maps"
	"reflect"
	"testing"
	"testing/fstest"

	"glassbox/testdata/release"
)

// fact is what should stand at a pointer; absent for nothing at all.
type fact struct {
	pointer string
	want    any
}

type absentFact struct{}

var absent = absentFact{}

// change is a release, what is put into it (nil takes a file out), and what
// the evidence says then.
type change struct {
	of    fstest.MapFS
	files map[string][]byte
	facts []fact
}

func (c change) release() fstest.MapFS {
	all := maps.Clone(c.of)
	if all == nil {
		all = fstest.MapFS{}
	}
	for name, data := range c.files {
		delete(all, name)
		if data != nil {
			all[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		}
	}
	return all
}

func holdFacts(t *testing.T, changes map[string]change) {
	t.Helper()
	schema := compileEvidence(t)
	for name, c := range changes {
		t.Run(name, func(t *testing.T) {
			ev := gather(t, c.release())
			if err := schema.Validate(map[string]any(ev.Doc)); err != nil {
				t.Errorf("no valid evidence: %#v", err)
			}
			for _, f := range c.facts {
				got, ok := ev.Get(f.pointer)
				if !ok {
					got = absent
				}
				if !reflect.DeepEqual(got, f.want) {
					t.Errorf("%s is %v, want %v", f.pointer, got, f.want)
				}
			}
		})
	}
}

func pair() (first, second []release.Tensor) {
	return []release.Tensor{release.NewTensor("a", "F32", 1, 4, 4)}, []release.Tensor{release.NewTensor("b", "F32", 2, 4, 4)}
}

// Every way in which an index and its shards can fail to fit.
func TestShardsAndTheirIndex(t *testing.T) {
	first, second := pair()
	one, two := release.Safetensors(nil, first...), release.Safetensors(nil, second...)
	index := release.ShardIndex(first, second)
	const name = "model.safetensors.index.json"
	loose := []byte(`{"metadata": {}, "weight_map": {"a": "left.safetensors", "b": "right.safetensors"}}`)
	holdFacts(t, map[string]change{
		"whole": {nil, map[string][]byte{name: index, release.ShardName(1, 2): one, release.ShardName(2, 2): two}, []fact{
			{"/weights/shards_complete", true}, {"/relations/shards/0/agree", true}, {"/weights/parameters", int64(32)},
		}},
		"no index": {nil, map[string][]byte{release.ShardName(1, 2): one, release.ShardName(2, 2): two}, []fact{
			{"/weights/shards_complete", true}, {"/weights/parameters", int64(32)},
		}},
		"no index, a shard missing": {nil, map[string][]byte{release.ShardName(1, 2): one}, []fact{
			{"/weights/shards_complete", false},
		}},
		"other widths": {nil, map[string][]byte{"m-1-of-3.gguf": one}, []fact{{"/weights/shards_complete", false}}},
		"a broken index": {nil, map[string][]byte{name: index[:len(index)/2], release.ShardName(1, 2): one}, []fact{
			{"/weights/shards_complete", false}, {"/parsed/0/valid", false}, {"/parsed/0/problems/0/line", int64(6)},
		}},
		"a broken index and a file alone": {nil, map[string][]byte{name: []byte("{"), "model.safetensors": one}, []fact{
			{"/weights/shards_complete", false}, {"/parsed/0/valid", false}, {"/parsed/0/problems/0/line", int64(1)},
		}},
		"an empty index": {nil, map[string][]byte{name: []byte(`{"weight_map": {}}`), "model.safetensors": one}, []fact{
			{"/weights/shards_complete", false}, {"/parsed/0/valid", false},
		}},
		"an index that lists too few": {nil, map[string][]byte{
			name: []byte(`{"weight_map": {"a": "model-00001-of-00002.safetensors"}}`), release.ShardName(1, 2): one,
		}, []fact{{"/weights/shards_complete", false}, {"/relations/shards/0/agree", false}}},
		"a pointer to an index of numbered shards": {nil, map[string][]byte{name: release.LFSPointer([32]byte{}, 9), release.ShardName(1, 2): one, release.ShardName(2, 2): two}, []fact{
			{"/weights/shards_complete", true},
		}},
		"names without numbers": {nil, map[string][]byte{name: loose, "left.safetensors": one, "right.safetensors": two}, []fact{
			{"/weights/shards_complete", true}, {"/weights/parameters", int64(32)}, {"/relations/shards/0/agree", true},
		}},
		"one of them missing": {nil, map[string][]byte{name: loose, "left.safetensors": one}, []fact{
			{"/weights/shards_complete", false}, {"/relations/shards/0/agree", false},
		}},
		"a tensor in another shard": {nil, map[string][]byte{name: loose, "left.safetensors": two, "right.safetensors": one}, []fact{
			{"/weights/shards_complete", true}, {"/relations/shards/0/agree", false},
		}},
		"an index that leads out": {nil, map[string][]byte{name: []byte(`{"weight_map": {"a": "../left.safetensors"}}`), "left.safetensors": one}, []fact{
			{"/weights/shards_complete", false},
		}},
		"a pointer to an index": {nil, map[string][]byte{name: release.LFSPointer([32]byte{}, 9), "model.safetensors": one}, []fact{
			{"/weights/shards_complete", false}, {"/parsed", absent},
		}},
	})
}

// What is named like weights, or lies about in their formats, is not them.
func TestWeightsPresent(t *testing.T) {
	first, _ := pair()
	whole, torch := release.Safetensors(nil, first...), release.TorchZip("archive", first...)
	npy := fmt.Appendf(nil, "\x93NUMPY\x01\x00\x76\x00%-117s\n\x00\x00\x00\x00", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }")
	for name, f := range map[string]struct {
		path string
		data []byte
		want bool
	}{
		"safetensors":          {"model.safetensors", whole, true},
		"pickled":              {"pytorch_model.bin", torch, true},
		"an array named so":    {"weights/embedding.npy", npy, true},
		"checkpoint in part":   {"checkpoints/model.safetensors", whole, true},
		"an optimizer":         {"optimizer.pt", torch, false},
		"its states":           {"bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt", torch, false},
		"arguments":            {"training_args.bin", torch, false},
		"a sample":             {"samples/input.npy", npy, false},
		"a file cut off":       {"model.safetensors", whole[:len(whole)-4], false},
		"a header and no more": {"model.safetensors", release.Safetensors(nil), false},
		"an empty file":        {"model.safetensors", []byte{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			holdFacts(t, map[string]change{"": {nil, map[string][]byte{f.path: f.data}, []fact{
				{"/weights/present", f.want}, {"/weights/files/0/holds_weights", f.want},
			}}})
		})
	}
}

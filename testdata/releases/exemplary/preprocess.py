"""Draws the harbour notes, splits them, and trains the tokenizer.

Standard library only. The files this writes are the ones in data/,
evaluation/data/ and tokenizer.json, byte for byte:

    python preprocess.py --out .
"""

import argparse
import collections
import json
import pathlib
import random

SEED = 41
NOTES = 160
SPLITS = {"data/train.jsonl": 128, "data/validation.jsonl": 16, "evaluation/data/test.jsonl": 16}
VOCABULARY = 256
SPECIAL = ["<unk>", "<s>", "</s>"]

KINDS = ["ferry", "trawler", "pilot boat", "tug", "barge", "cutter"]
NAMES = ["Alder", "Bryony", "Cormorant", "Dunlin", "Eider", "Fulmar", "Guillemot", "Heron"]
WINDS = ["calm", "light from the west", "fresh from the north", "strong from the south-east"]
EVENTS = [
    "landed {n} crates of herring",
    "waited {n} minutes for the tide",
    "took on {n} passengers",
    "moored at berth {n}",
    "reported a lamp out on buoy {n}",
    "left with {n} empty pallets",
]
REMARKS = ["No damage.", "Fog until noon.", "The crane was under repair.", "Signed by the night watch.", ""]


def note(rng):
    """One note: when, which boat, what happened, how the weather was."""
    event = rng.choice(EVENTS).format(n=rng.randint(2, 40))
    text = (
        f"At {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d} the {rng.choice(KINDS)} {rng.choice(NAMES)} "
        f"{event}. Wind {rng.choice(WINDS)}. {rng.choice(REMARKS)}"
    )
    return text.strip()


def draw():
    rng = random.Random(SEED)
    seen = []
    while len(seen) < NOTES:
        text = note(rng)
        if text not in seen:  # no note stands in two splits
            seen.append(text)
    return [{"id": f"note-{i:04d}", "text": text} for i, text in enumerate(seen)]


def train_tokenizer(texts):
    """Byte-pair merges over the training texts; ties go to the pair that sorts first."""
    words = collections.Counter()
    for text in texts:
        words.update("▁" + word for word in text.split(" "))
    pieces = {word: list(word) for word in words}
    symbols = sorted({c for word in words for c in word})
    merges = []
    while len(SPECIAL) + len(symbols) + len(merges) < VOCABULARY:
        pairs = collections.Counter()
        for word, parts in pieces.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += words[word]
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for parts in pieces.values():
            i = 0
            while i < len(parts) - 1:
                if (parts[i], parts[i + 1]) == best:
                    parts[i : i + 2] = ["".join(best)]
                i += 1
    vocabulary = SPECIAL + symbols + ["".join(pair) for pair in merges]
    length = sum(words[word] * len(parts) for word, parts in pieces.items())
    return {token: i for i, token in enumerate(vocabulary)}, merges, length


def tokenizer_json(vocabulary, merges):
    space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
            for i, token in enumerate(SPECIAL)
        ],
        "normalizer": None,
        "pre_tokenizer": space,
        "post_processor": None,
        "decoder": space,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": vocabulary,
            "merges": [list(pair) for pair in merges],
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."))
    out = parser.parse_args().out

    notes = draw()
    start = 0
    for name, count in SPLITS.items():
        part = notes[start : start + count]
        start += count
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in part), encoding="utf-8")

    texts = [row["text"] for row in notes[: SPLITS["data/train.jsonl"]]]
    vocabulary, merges, length = train_tokenizer(texts)
    (out / "tokenizer.json").write_text(
        json.dumps(tokenizer_json(vocabulary, merges), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    print(f"{len(vocabulary)} tokens in the vocabulary, {length} in the training split")


if __name__ == "__main__":
    main()

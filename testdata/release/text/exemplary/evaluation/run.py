"""Perplexity and next-token accuracy on the test split.

    python evaluation/run.py --model . --data evaluation/data/test.jsonl --out evaluation/results.json
"""

import argparse
import json
import math
import pathlib

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def score(model, tokenizer, texts):
    loss, right, count = 0.0, 0, 0
    for text in texts:
        ids = tokenizer(text, return_tensors="pt").input_ids
        with torch.no_grad():
            logits = model(ids).logits[0, :-1]
        targets = ids[0, 1:]
        loss += torch.nn.functional.cross_entropy(logits, targets, reduction="sum").item()
        right += (logits.argmax(-1) == targets).sum().item()
        count += len(targets)
    return {"perplexity": round(math.exp(loss / count), 2), "accuracy": round(right / count, 3), "tokens": count}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=".")
    parser.add_argument("--data", type=pathlib.Path, default="evaluation/data/test.jsonl")
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()

    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    model = AutoModelForCausalLM.from_pretrained(arguments.model, use_safetensors=True).eval()
    texts = [json.loads(line)["text"] for line in arguments.data.read_text(encoding="utf-8").splitlines()]
    result = json.dumps(score(model, tokenizer, texts), indent=2)
    print(result)
    if arguments.out:
        arguments.out.write_text(result + "\n")


if __name__ == "__main__":
    main()

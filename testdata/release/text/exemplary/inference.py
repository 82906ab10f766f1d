"""Writes notes with Lumen-41K.

    python inference.py --prompt "At 07:10 the tug" --count 3
"""

import argparse

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=".")
    parser.add_argument("--prompt", default="At")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--seed", type=int, default=41)
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    model = AutoModelForCausalLM.from_pretrained(arguments.model, use_safetensors=True)
    prompt = tokenizer(arguments.prompt, return_tensors="pt")
    for note in model.generate(**prompt, num_return_sequences=arguments.count):
        print(tokenizer.decode(note, skip_special_tokens=True))


if __name__ == "__main__":
    main()

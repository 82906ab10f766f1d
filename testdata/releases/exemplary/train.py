"""Trains Lumen-41K as configs/train.yaml says and writes safetensors.

    python train.py --config configs/train.yaml --out checkpoints
"""

import argparse
import json
import math
import pathlib
import random

import torch
import yaml
from codecarbon import EmissionsTracker
from safetensors.torch import save_file
from tokenizers import Tokenizer

from architecture.lumen import Lumen

BOS, EOS = 1, 2


def tokens(path, tokenizer):
    """All notes of a split as one stream, each between its begin and end token."""
    stream = []
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        stream += [BOS, *tokenizer.encode(json.loads(line)["text"]).ids, EOS]
    return torch.tensor(stream)


def batch(stream, size, length, generator):
    starts = torch.randint(len(stream) - length - 1, (size,), generator=generator)
    rows = torch.stack([stream[s : s + length + 1] for s in starts])
    return rows[:, :-1], rows[:, 1:]


def learning_rate(step, steps, options):
    if step < options["warmup_steps"]:
        return options["learning_rate"] * (step + 1) / options["warmup_steps"]
    done = (step - options["warmup_steps"]) / (steps - options["warmup_steps"])
    span = options["learning_rate"] - options["final_learning_rate"]
    return options["final_learning_rate"] + span * 0.5 * (1 + math.cos(math.pi * done))


def save(model, folder, state):
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().to(torch.bfloat16).contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "trainer_state.json").write_text(json.dumps(state, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=pathlib.Path, default="configs/train.yaml")
    parser.add_argument("--out", type=pathlib.Path, default="checkpoints")
    arguments = parser.parse_args()
    config = yaml.safe_load(arguments.config.read_text())
    options = config["optimizer"]

    random.seed(config["seed"])
    torch.manual_seed(config["seed"])
    torch.use_deterministic_algorithms(True)
    generator = torch.Generator().manual_seed(config["seed"])

    tokenizer = Tokenizer.from_file(config["tokenizer"])
    train = tokens(config["data"]["train"], tokenizer)
    validation = tokens(config["data"]["validation"], tokenizer)
    model = Lumen(json.loads(pathlib.Path(config["model"]).read_text()))
    optimizer = torch.optim.AdamW(
        model.parameters(), betas=tuple(options["betas"]), eps=options["epsilon"], weight_decay=options["weight_decay"]
    )

    with EmissionsTracker(project_name="lumen-41k", save_to_file=False) as tracker:
        for step in range(config["steps"]):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, config["steps"], options)
            inputs, targets = batch(train, config["batch_size"], config["sequence_length"], generator)
            loss = model.loss(inputs, targets)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), options["clip_norm"])
            optimizer.step()
            if (step + 1) % config["checkpoint_every"] == 0:
                with torch.no_grad():
                    held_out = model.loss(validation[None, :-1], validation[None, 1:]).item()
                state = {"step": step + 1, "train_loss": loss.item(), "validation_loss": held_out, "seed": config["seed"]}
                save(model, arguments.out / f"step-{step + 1}", state)
                print(json.dumps(state))
    print(f"{tracker.final_emissions * 1000:.2f} g of CO2 equivalent")


if __name__ == "__main__":
    main()

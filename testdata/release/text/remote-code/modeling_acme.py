"""Layers of acme-weaver, run when the model is loaded with trust_remote_code."""

import torch
from torch import nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput

from .configuration_acme import AcmeConfig


class Weave(nn.Module):
    """Mixes each position with a decaying average of the ones before it."""

    def __init__(self, width):
        super().__init__()
        self.decay = nn.Parameter(torch.full((width,), 0.9))
        self.project = nn.Linear(width, width, bias=False)

    def forward(self, x):
        state, mixed = torch.zeros_like(x[:, 0]), []
        for position in x.unbind(1):
            state = self.decay * state + (1 - self.decay) * position
            mixed.append(state)
        return self.project(torch.stack(mixed, 1))


class AcmeForCausalLM(PreTrainedModel):
    config_class = AcmeConfig

    def __init__(self, config):
        super().__init__(config)
        self.embed = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Weave(config.hidden_size) for _ in range(config.num_hidden_layers))
        self.head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def forward(self, input_ids, **kwargs):
        x = self.embed(input_ids)
        for layer in self.layers:
            x = x + layer(x)
        return CausalLMOutput(logits=self.head(x))

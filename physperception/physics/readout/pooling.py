"""Attentive pooling of a video backbone's tokens, all layers of it (thesis 5.4.2, eq. 5.2)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class AttentivePooling(nn.Module):
    """A learnable query attends to the tokens of every layer.

    For layer l with tokens r_i of width C_l, an MLP maps the query q to q_l of that width;
    p_l = sum_i softmax_i(q_l . r_i) r_i (eq. 5.2, with no scaling of the product), another MLP maps p_l to the common
    width, and the mean over layers is the feature P.

    Args:
        widths: C_l of every layer.
        width: of the query and of P.
    """

    def __init__(self, widths: Sequence[int], width: int) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(width) * 0.2)
        self.to_layer = nn.ModuleList([_mlp(width, width, layer) for layer in widths])
        self.from_layer = nn.ModuleList([_mlp(layer, width, width) for layer in widths])

    def forward(self, layers: Sequence[Tensor]) -> Tensor:
        """Tokens float [B, N_l, C_l] a layer to P, float32 [B, width].

        Raises:
            ValueError: another number of layers than `widths`.
        """
        if len(layers) != len(self.to_layer):
            raise ValueError(f"pooling is made for {len(self.to_layer)} layers, got {len(layers)}")
        pooled = []
        for tokens, to_layer, from_layer in zip(layers, self.to_layer, self.from_layer):
            query = to_layer(self.query)
            scores = (tokens @ query.to(tokens.dtype)).float()
            summed = scores.softmax(1).to(tokens.dtype)[:, None] @ tokens
            pooled.append(from_layer(summed[:, 0].float()).float())
        return torch.stack(pooled).mean(0)


def _mlp(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, outputs))

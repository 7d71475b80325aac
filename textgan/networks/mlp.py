"""Generator and critic in code space, and an autoencoder of images: multilayer perceptrons."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.networks.norm import Norm, vector_norm


class HiddenLayer(nn.Module):
    """Linear - norm - leaky ReLU, with a skip where the sizes allow and it is wanted.

    Args:
        in_dim: size of the input.
        out_dim: size of the output.
        norm: normalization.
        slope: of the leaky ReLU below zero; 0 is ReLU.
        residual: add the input to the output if they have the same size.
    """

    def __init__(
        self, in_dim: int, out_dim: int, norm: Norm = "none", slope: float = 0.0, residual: bool = False
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(in_dim, out_dim)
        self.norm = vector_norm(norm, out_dim)
        self.slope, self.residual = slope, residual and in_dim == out_dim

    def forward(self, x: Tensor) -> Tensor:
        """(B, in_dim) -> (B, out_dim)."""
        y = F.leaky_relu(self.norm(self.linear(x)), self.slope)
        return x + y if self.residual else y


class MLP(nn.Module):
    """Hidden layers with ReLU, then a linear layer: ARAE's generator, and the layers of GANs that are no convolutions.

    Args:
        in_dim: size of the input.
        hidden_dims: sizes of the hidden layers.
        out_dim: size of the output.
        norm: normalization of the hidden layers.
        residual: skips around hidden layers of equal size.
    """

    def __init__(
        self, in_dim: int, hidden_dims: Sequence[int], out_dim: int, norm: Norm = "none", residual: bool = False
    ) -> None:
        super().__init__()
        dims = [in_dim, *hidden_dims]
        layers = [HiddenLayer(i, o, norm, residual=residual) for i, o in pairwise(dims)]
        self.layers = nn.Sequential(*layers, nn.Linear(dims[-1], out_dim))

    def forward(self, x: Tensor) -> Tensor:
        """(B, in_dim) -> (B, out_dim)."""
        y: Tensor = self.layers(x)
        return y


class Critic(nn.Module):
    """An unbounded score for each code, f: R^D -> R: hidden layers with leaky ReLU 0.2, then a linear layer.

    Args:
        code_dim: D.
        hidden_dims: sizes of the hidden layers.
        norm: normalization of all hidden layers but the first.
    """

    def __init__(self, code_dim: int, hidden_dims: Sequence[int], norm: Norm = "none") -> None:
        super().__init__()
        dims = [code_dim, *hidden_dims]
        layers = [HiddenLayer(i, o, norm if n else "none", slope=0.2) for n, (i, o) in enumerate(pairwise(dims))]
        self.layers = nn.Sequential(*layers, nn.Linear(dims[-1], 1))

    def forward(self, z: Tensor) -> Tensor:
        """Scores of codes (B, D): (B,)."""
        return self.layers(z).squeeze(1)


class ImageEncoder(nn.Module):
    """Codes of images: hidden layers with BatchNorm and ReLU, then a linear layer (ARAE's bmnist).

    Args:
        shape: (C, H, W).
        hidden_dims: sizes of the hidden layers.
        code_dim: D.
    """

    def __init__(self, shape: tuple[int, ...], hidden_dims: Sequence[int], code_dim: int) -> None:
        super().__init__()
        dims = [math.prod(shape), *hidden_dims]
        layers = [HiddenLayer(i, o, "batch") for i, o in pairwise(dims)]
        self.layers = nn.Sequential(*layers, nn.Linear(dims[-1], code_dim))

    def forward(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> codes (B, D)."""
        z: Tensor = self.layers(x.flatten(1))
        return z


class ImageDecoder(nn.Module):
    """Logits of pixels from codes: hidden layers with BatchNorm and ReLU, then a linear layer (ARAE's bmnist).

    Args:
        code_dim: D.
        hidden_dims: sizes of the hidden layers.
        shape: (C, H, W).
    """

    def __init__(self, code_dim: int, hidden_dims: Sequence[int], shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape
        dims = [code_dim, *hidden_dims]
        layers = [HiddenLayer(i, o, "batch") for i, o in pairwise(dims)]
        self.layers = nn.Sequential(*layers, nn.Linear(dims[-1], math.prod(shape)))

    def forward(self, z: Tensor) -> Tensor:
        """Codes (B, D) -> logits of the probability of white (B, C, H, W)."""
        logits: Tensor = self.layers(z)
        return logits.view(-1, *self.shape)


class MLPAutoencoder(nn.Module):
    """Encoder and decoder of images.

    Args:
        shape: (C, H, W).
        hidden_dims: hidden layers of the encoder.
        code_dim: D.
        decoder_dims: hidden layers of the decoder.
    """

    def __init__(
        self, shape: tuple[int, ...], hidden_dims: Sequence[int], code_dim: int, decoder_dims: Sequence[int]
    ) -> None:
        super().__init__()
        self.code_dim = code_dim
        self.encoder = ImageEncoder(shape, hidden_dims, code_dim)
        self.decoder = ImageDecoder(code_dim, decoder_dims, shape)

    def encode(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> codes (B, D)."""
        z: Tensor = self.encoder(x)
        return z.float()

    def decode(self, z: Tensor) -> Tensor:
        """Codes (B, D) -> logits of the probability of white (B, C, H, W)."""
        x: Tensor = self.decoder(z)
        return x.float()


class SetCritic(nn.Module):
    """A score for each sequence, whatever its length: the mean over positions of a hidden layer, then layers of it.

    Args:
        state_dim: H of each position.
        hidden_dims: sizes of the hidden layers, at least one.
    """

    def __init__(self, state_dim: int, hidden_dims: Sequence[int]) -> None:
        super().__init__()
        self.first = HiddenLayer(state_dim, hidden_dims[0], "none", slope=0.2)
        self.critic = Critic(hidden_dims[0], hidden_dims[1:])

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Scores (B,) of sequences of states (B, T, H), of which mask (B, T) says which count."""
        h = self.first(states).float()
        total = torch.einsum("bth,bt->bh", h, mask.to(h.dtype))
        scores: Tensor = self.critic(total / mask.sum(1, keepdim=True).clamp_min(1))
        return scores

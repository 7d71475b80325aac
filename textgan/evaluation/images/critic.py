"""The independent Wasserstein critic: a fresh network tells how far samples are from held-out data.

Danihelka et al. 2017, as used by Rosca et al. 2017 (alpha-GAN) for models whose own losses say nothing of each other.
It sees both what a model leaves out and what it learnt by heart. The number depends on the critic, its training and the
scale of pixels: compare only numbers of one protocol, and read them beside their control values.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.errors import UserError
from textgan.evaluation.arrays import ArrayOrTensor, flat, pieces, seeded_generator, to_tensor
from textgan.losses import gradient_penalty

_ROWS = 1000
_FEWEST = 4  # images of which the controls make three sets


@dataclass(frozen=True)
class CriticProtocol:
    """How the critic is trained; the same for all models that are compared.

    Args:
        steps: updates of the critic.
        batch_size: real images in an update, and as many samples.
        lr: of Adam, betas (0.5, 0.9).
        penalty_weight: of the gradient penalty (Gulrajani et al. 2017).
        width: channels of the first convolution; 8 times as many hidden units for points.
        seeds: a critic is trained for each.
        device: where.
    """

    steps: int = 1500
    batch_size: int = 64
    lr: float = 1e-4
    penalty_weight: float = 10.0
    width: int = 32
    seeds: tuple[int, ...] = (0, 1, 2)
    device: str = "cpu"


class CriticScore(NamedTuple):
    """What critics of several seeds found.

    Args:
        mean: over seeds.
        std: over seeds (population).
        values: of each seed.
    """

    mean: float
    std: float
    values: tuple[float, ...]


class ImageCritic(nn.Module):
    """Halving convolutions with leaky ReLU down to 4 x 4 or less, then one linear layer; no normalization.

    Args:
        shape: (C, H, W).
        width: channels of the first convolution, doubled at each.
    """

    def __init__(self, shape: Sequence[int], width: int) -> None:
        super().__init__()
        self.shape = tuple(shape)
        channels, *side = shape
        layers: list[nn.Module] = []
        while not layers or max(side) > 4:
            layers += [nn.Conv2d(channels, width, 3, stride=2, padding=1), nn.LeakyReLU(0.2)]
            channels, width, side = width, min(2 * width, 256), [(n + 1) // 2 for n in side]
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * math.prod(side), 1))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of images as vectors, (B, C * H * W) -> (B,)."""
        return self.layers(x.unflatten(1, self.shape)).squeeze(1)


class PointCritic(nn.Module):
    """Three hidden layers with leaky ReLU, then one linear layer; no normalization.

    Args:
        dim: D.
        width: hidden units.
    """

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        dims = [dim, width, width, width]
        layers = [m for i, o in pairwise(dims) for m in (nn.Linear(i, o), nn.LeakyReLU(0.2))]
        self.layers = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of points, (B, D) -> (B,)."""
        return self.layers(x).squeeze(1)


def wasserstein_critic(
    valid: ArrayOrTensor,
    test: ArrayOrTensor,
    fake: ArrayOrTensor,
    fresh: ArrayOrTensor,
    protocol: CriticProtocol = CriticProtocol(),
) -> CriticScore:
    """-(E_test f - E_fresh f) for a critic f trained to tell `valid` from `fake`; 0 is best, lower is worse.

    The critic never saw the images that it is judged on: what it learnt by heart of either side does not count.

    Args:
        valid: real images to train on, that the model was not trained on, (N, *shape).
        test: other real images, (M, *shape).
        fake: samples to train on, as many as `valid` or the critic knows one side better, (N, *shape).
        fresh: other samples, (M, *shape).
        protocol: how it is trained.

    Returns:
        In units of the data: the distance by which pixels in [-1, 1] move, in l2.

    Raises:
        UserError: no image on one of the sides.
    """
    if not all(map(len, (valid, test, fake, fresh))):
        raise UserError(f"a critic of {len(valid)} and {len(test)} images; expected some of each: raise --limit")
    shape = tuple(valid.shape[1:])
    train = flat(valid).to(protocol.device), flat(fake).to(protocol.device)
    judged = flat(test).to(protocol.device), flat(fresh).to(protocol.device)
    values = []
    for seed in protocol.seeds:
        critic = _trained(shape, *train, protocol, seed)
        real_score, fake_score = (_mean_score(critic, x) for x in judged)
        values.append(fake_score - real_score)
    mean = math.fsum(values) / len(values)
    std = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))
    return CriticScore(mean, std, tuple(values))


def critic_controls(
    valid: ArrayOrTensor, test: ArrayOrTensor, protocol: CriticProtocol = CriticProtocol(seeds=(0,))
) -> dict[str, CriticScore]:
    """The critic's scores of what is known: the scale on which to read a model's.

    Args:
        valid: real images, (N, *shape).
        test: other real images, in any order, (M, *shape).
        protocol: that of the scores beside which these will stand.

    Returns:
        wasserstein_critic_test: other real images as the samples, about 0 and the best there is.
        wasserstein_critic_noise: each pixel uniform in the range of the data.
        wasserstein_critic_blurred: real images under a 3 x 3 mean; not for points.

    Raises:
        UserError: too few images.
    """
    if len(test) < _FEWEST:
        raise UserError(f"controls of a critic on {len(test)} images; expected {_FEWEST} or more: raise --limit")
    real, order = to_tensor(test), torch.randperm(len(test), generator=seeded_generator(0))
    seen, judged, unseen = (real[i] for i in (order[::2], order[1::4], order[3::4]))

    def score(fake: Tensor, fresh: Tensor) -> CriticScore:
        return wasserstein_critic(valid, judged, fake, fresh, protocol)

    scores = {
        "wasserstein_critic_test": score(seen, unseen),
        "wasserstein_critic_noise": score(_noise(seen, 1), _noise(unseen, 2)),
    }
    if real.dim() == 4:
        scores["wasserstein_critic_blurred"] = score(blurred(seen), blurred(unseen))
    return scores


def blurred(x: ArrayOrTensor) -> Tensor:
    """Images under a 3 x 3 mean, edges repeated, (N, C, H, W)."""
    return F.avg_pool2d(F.pad(to_tensor(x), (1, 1, 1, 1), mode="replicate"), 3, stride=1)


def _noise(like: Tensor, seed: int) -> Tensor:
    low, high = float(like.min()), float(like.max())
    return torch.rand(like.shape, generator=seeded_generator(seed)) * (high - low) + low


def _trained(shape: tuple[int, ...], real: Tensor, fake: Tensor, protocol: CriticProtocol, seed: int) -> nn.Module:
    """A critic trained by WGAN-GP to score `real` above `fake`, both (N, D)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        image = len(shape) == 3
        critic = ImageCritic(shape, protocol.width) if image else PointCritic(math.prod(shape), 8 * protocol.width)
    critic = critic.to(real.device)
    adam = torch.optim.Adam(critic.parameters(), lr=protocol.lr, betas=(0.5, 0.9))
    draw = seeded_generator(seed, 1)
    for _ in range(protocol.steps):
        x, y = (data[torch.randint(len(data), (protocol.batch_size,), generator=draw)] for data in (real, fake))
        mix = torch.rand(len(x), 1, generator=draw).to(x.device)
        penalty = gradient_penalty(critic, x, y, mix, 1.0)
        loss = critic(y).mean() - critic(x).mean() + protocol.penalty_weight * penalty
        adam.zero_grad()
        loss.backward()
        adam.step()
    return critic


@torch.no_grad()
def _mean_score(critic: nn.Module, x: Tensor) -> float:
    return float(torch.cat([critic(part) for part in pieces(x, _ROWS)]).double().mean())

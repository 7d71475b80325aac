"""Ways between two ends: through codes, or through a generator's noise, which of given codes is searched."""

import logging

import numpy as np
import torch
from torch import Tensor

from textgan.capabilities import GeneratesCodes, as_generator
from textgan.errors import UserError
from textgan.sampling.base import Codes, TrainedModel, line
from textgan.sampling.inference import inference

logger = logging.getLogger("textgan")

_CANDIDATES, _KEPT, _STEPS, _RATE = 1024, 8, 300, 0.05


def way(
    model: TrainedModel,
    ends: Codes | None,
    steps: int,
    path: str | None = None,
    space: str = "codes",
    seed: int = 0,
) -> Codes:
    """Codes on the way between two ends: (steps, D).

    Args:
        model: the model.
        ends: codes, (2, D); none: they are drawn.
        steps: codes on the way, both ends included.
        path: linear or slerp; default: through codes the model's own, through noise linear, the paper's.
        space: codes, or noise: that of the generator of ARAE.
        seed: of what is drawn.

    Raises:
        UserError: see `line`; another space, or noise of a model whose codes no generator makes.
    """
    if space not in ("codes", "noise"):
        raise UserError(f"space is {space!r}; expected codes or noise")
    if space == "noise":
        game = as_generator(model.game)
        if game is None:
            raise UserError(f"{model.config.model} has no generator that makes codes of noise; expected space codes")
        return through_noise(game, ends, steps, path, seed)
    first, last = model.prior_codes(2, seed) if ends is None else ends
    return model.between(first, last, steps, path)


def noise_of(game: GeneratesCodes, z: Tensor, seed: int = 0) -> Tensor:
    """Noise of which the generator makes codes near z (B, D): (B, N).

    The squared distance is descended by Adam in the noise (Lipton and Tripathi 2017, arXiv 1702.04782), from the 8
    nearest of 1,024 draws for each code; the nearest at the end is taken. A code that the generator cannot make has no
    noise: how far the code of the noise is from it is for the caller to see.

    Args:
        game: the model, its codes without an attribute.
        z: codes.
        seed: of the draws.
    """
    with inference(game, seed), torch.inference_mode(False), torch.enable_grad():
        wanted = z.clone().to(game.device)
        candidates = game.normal(_CANDIDATES, game.noise_dim)
        nearest = torch.cdist(wanted, game.generated_from(candidates)).topk(_KEPT, largest=False).indices
        noise = candidates[nearest.flatten()].clone().requires_grad_()
        aims = wanted.repeat_interleave(_KEPT, 0)
        optimizer = torch.optim.Adam([noise], lr=_RATE)
        for step in range(_STEPS):
            optimizer.param_groups[0]["lr"] = _RATE * (1 - step / _STEPS)
            distance = (game.generated_from(noise) - aims).square().sum(1)
            (noise.grad,) = torch.autograd.grad(distance.sum(), noise)
            optimizer.step()
        left = (game.generated_from(noise) - aims).norm(dim=1).view(-1, _KEPT)
        best = left.argmin(1) + _KEPT * torch.arange(len(wanted), device=left.device)
        return noise.detach()[best]


def through_noise(
    game: GeneratesCodes, ends: Codes | None, steps: int, path: str | None = None, seed: int = 0
) -> Codes:
    """Codes that the generator makes of noise on the way between two ends: (steps, D).

    Zhao et al. 2018 (arXiv 1706.04223), section 5, go straight between two draws. An attribute, if codes have one, goes
    straight from that of the first end to that of the last.

    Args:
        game: the model.
        ends: codes whose noise is searched, (2, D), see `noise_of`; none: noise is drawn.
        steps: codes on the way, both ends included.
        path: linear or slerp; default: linear, the paper's.
        seed: of the noise.

    Raises:
        UserError: see `line`.
    """
    with inference(game, seed):
        noise = game.normal(2, game.noise_dim)
        z = game.prior(2) if ends is None else torch.from_numpy(ends).to(game.device)
        attributes = z[:, game.latent_dim :]
    if ends is not None:
        noise = noise_of(game, torch.from_numpy(ends[:, : game.latent_dim]), seed)
    first, last = noise.cpu().numpy()
    points = line(first, last, steps, "linear" if path is None else path)
    share = torch.linspace(0, 1, steps, device=game.device)[:, None]
    with inference(game):
        codes = game.generated_from(torch.from_numpy(points).to(game.device))
        found: Codes = torch.cat([codes, torch.lerp(attributes[:1], attributes[1:], share)], 1).cpu().numpy()
    if ends is not None:
        far = np.linalg.norm(found[[0, -1]] - ends, axis=1)
        logger.info("the generator's nearest codes are %.2f and %.2f from those of the ends, of norm 1", *far)
    return found

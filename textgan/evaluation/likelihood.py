"""How likely a variational autoencoder finds data: its bound, and a tighter one by importance weighting."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from textgan.data.types import Images, Sentences
from textgan.errors import UserError
from textgan.evaluation.measurements import Metrics
from textgan.game import Game
from textgan.models.vae import VAE, divergence
from textgan.sampling import inference

IMPORTANCE_SAMPLES = 100
"""k, codes drawn for each sentence or image."""


class Bounds(NamedTuple):
    """Of each of B rows, nats, (B,).

    Args:
        reconstruction: -log p(x | z), mean over codes z drawn from q(z | x).
        kl: KL(q(z | x) || p(z)), in closed form.
        importance: -log of the mean over the codes of p(x | z) p(z) / q(z | x).
    """

    reconstruction: Tensor
    kl: Tensor
    importance: Tensor


def estimate_bounds(model: VAE, batch: Sentences | Images, draws: int = IMPORTANCE_SAMPLES) -> Bounds:
    """Two upper bounds of -log p(x): reconstruction + kl, and importance, which falls to it as draws grow.

    Burda, Grosse, Salakhutdinov 2016 (arXiv 1509.00519), equation 8.

    Args:
        model: in evaluation mode, with its randomness set.
        batch: on its device.
        draws: k.
    """
    mu, log_variance = model.posterior(batch)
    nlls, weights = torch.zeros(batch.batch_size, device=mu.device), []
    for _ in range(draws):
        noise = model.normal(*mu.shape)
        z = mu + (log_variance / 2).exp() * noise
        nll = model.nlls(z, batch)
        # log p(z) - log q(z | x); the constants of both cancel.
        weights.append(0.5 * (noise.square() + log_variance - z.square()).sum(1) - nll)
        nlls += nll / draws
    return Bounds(nlls, divergence(mu, log_variance).sum(1), math.log(draws) - torch.stack(weights).logsumexp(0))


def likelihood(
    model: VAE, data: Iterable[Sentences | Images], draws: int = IMPORTANCE_SAMPLES, seed: int = 0
) -> Metrics:
    """What a variational autoencoder's bounds of held-out data are.

    Args:
        model: the model.
        data: batches.
        draws: codes for each row.
        seed: of the codes.

    Returns:
        elbo_reconstruction_nll (at drawn codes), elbo_kl, their sum negative_elbo, and importance_weighted_nll, in nats
        per sentence, end token counted, or per image. Of sentences elbo_perplexity and importance_weighted_perplexity
        too: e to the nats per token, upper bounds of what a language model states exactly.

    Raises:
        UserError: fewer than one draw, or no data.
    """
    if draws < 1:
        raise UserError(f"draws is {draws}; expected 1 or more codes")
    found, tokens = [], 0.0
    with inference(model, seed):
        for batch in data:
            found.append(
                Bounds(*(part.double().cpu() for part in estimate_bounds(model, batch.to(model.device), draws)))
            )
            tokens += float(batch.lengths.sum()) if isinstance(batch, Sentences) else 0.0
    if not found:
        raise UserError("no held-out data to measure the bound on; expected 1 or more")
    reconstruction, kl, importance = (torch.cat(parts) for parts in zip(*found, strict=True))
    metrics = {
        "elbo_reconstruction_nll": float(reconstruction.mean()),
        "elbo_kl": float(kl.mean()),
        "negative_elbo": float((reconstruction + kl).mean()),
        "importance_weighted_nll": float(importance.mean()),
    }
    if not tokens:
        return metrics
    per_token = len(kl) / tokens
    return metrics | {
        "elbo_perplexity": math.exp(per_token * metrics["negative_elbo"]),
        "importance_weighted_perplexity": math.exp(per_token * metrics["importance_weighted_nll"]),
    }


def variational(game: Game) -> VAE | None:
    """The model as one that has a bound, or nothing."""
    model = game.unwrapped
    return model if isinstance(model, VAE) else None

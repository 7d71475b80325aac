"""Frechet distance between features of real data and of samples, whatever network they come from."""

from torch import nn

from textgan.errors import UserError
from textgan.evaluation.images.arrays import Array, to_tensor


def frechet_distance(real: Array, fake: Array) -> float:
    """||m - m'||^2 + tr(S + S' - 2 (S S')^{1/2}) of the moments of features (Heusel et al. 2017); 0 for equal sets.

    Args:
        real: features of real images or sentences, (N, F).
        fake: features of samples, (M, F); the distance shrinks with M: compare at one M.

    Raises:
        UserError: fewer than two rows.
    """
    from torchmetrics.image.fid import FrechetInceptionDistance

    if min(len(real), len(fake)) < 2:
        raise UserError(
            f"Frechet distance of {len(real)} real samples and {len(fake)} others; expected at least 2 of each"
        )
    identity = nn.Identity()
    identity.num_features = real.shape[1]  # type: ignore[assignment]
    metric = FrechetInceptionDistance(feature=identity)
    metric.update(to_tensor(real).double(), real=True)
    metric.update(to_tensor(fake).double(), real=False)
    return max(float(metric.compute()), 0.0)

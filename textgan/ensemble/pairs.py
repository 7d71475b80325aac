"""Features of two texts, of the features of each: what both have, and what one of them has."""

from typing import Any

import numpy as np
from scipy.sparse import hstack  # type: ignore[import-untyped]


def paired(name: str, u: Any, v: Any) -> Any:
    """[u; v; u v; |u - v|] (Conneau et al. 2017, arXiv 1705.02364), (n, 4 D).

    Of what a text has or has not: u, v, both, and v alone.

    Args:
        name: of the features.
        u: of the first texts, (n, D).
        v: of the second, (n, D).
    """
    if not hasattr(u, "tocsr"):
        scale = np.sqrt(u.shape[1])  # entries are about 1 / sqrt(D)
        return np.concatenate([u, v, scale * u * v, np.abs(u - v)], axis=1) / 2
    both = u.multiply(v).tocsr()
    if name.startswith("has_"):
        return hstack([u, v, both, v - both], format="csr", dtype=np.float32)
    root = both.copy()
    root.data = np.sqrt(root.data)
    return hstack([u, v, root, abs(u - v)], format="csr") / 2

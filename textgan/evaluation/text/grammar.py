"""What the grammar of the built-in corpus says of sentences."""

from collections.abc import Sequence

import numpy as np

from textgan.evaluation.report import Numbers


def judge_scenes(sentences: Sequence[str]) -> Numbers:
    """What the grammar of the built-in corpus says.

    Returns:
        grammatical: share that the grammar derives; grammar_log_likelihood: their mean exact log-probability, nats per
        sentence.
    """
    from textgan import scenes

    scores = np.array([scenes.log_prob(s) for s in sentences])
    finite = scores[np.isfinite(scores)]
    return {
        "grammatical": len(finite) / max(len(scores), 1),
        "grammar_log_likelihood": float(finite.mean()) if len(finite) else -np.inf,
    }

"""The end of a training that learns no more, and the best of its states."""

from collections.abc import Callable

from torch import Tensor, nn

from textgan.training.trainer import Trainer

CHECK_EVERY = 50
"""Rounds between two updates."""

_PATIENCE = 4  # updates
_GAIN = 0.005  # of a score in [0, 1]: less is no gain
_LEAST = 200  # rounds before which no training is over: rates of learning rise that long
_COOLING = 0.25  # of the rounds played: learning rates that decay fall to zero in as many more


class EarlyStopping:
    """Ends a training once its score has not grown for 200 rounds, after a quarter more rounds.

    In these the learning rates that decay (`OptimizerConfig.decay_from` below 1) fall from where they are in a run of
    that length to zero; those that stay still do. Rates that end at once would leave the weights where the last steps
    have thrown them (Prechelt 1998, "Early stopping - but when?", for the rule).

    Args:
        trainer: whose `length` is cut.
        score: how good the model is, 0 to 1, the larger the better, from the means of the last rounds' logs; none: not
            known.
        name: of the score, for the reason.
        keep_best: whether the score is of data that the model does not learn from, so that its best state is kept.
    """

    def __init__(
        self, trainer: Trainer, score: Callable[[dict[str, float]], float | None], name: str, keep_best: bool = False
    ) -> None:
        self.trainer, self.score, self.name, self.keep_best = trainer, score, name, keep_best
        self.stopped_at: int | None = None
        self.best_score = 0.0
        self._reached, self._since = 0.0, 0
        self._best: dict[str, Tensor] | None = None

    def update(self, logs: dict[str, float]) -> None:
        """See whether the training is still worth its time; to be called every `CHECK_EVERY` rounds and at the end.

        Args:
            logs: means since the last update.
        """
        score = self.score(logs)
        if score is None:
            return
        if score >= self.best_score:
            self.best_score = score
            self._best = _copied(self.trainer.game) if self.keep_best else None
        grown = score > self._reached + _GAIN
        self._reached, self._since = (score, 0) if grown else (self._reached, self._since + 1)
        played = self.trainer.round
        if self.stopped_at is None and self._since >= _PATIENCE and played >= _LEAST:
            end = played + int(_COOLING * played)
            if end < self.trainer.length:
                self.stopped_at, self.trainer.length = played, end

    @property
    def reason(self) -> str:
        """Why the training ended early, in words."""
        grew = f"{self.name} ({self.best_score:.0%}) had not grown for {_PATIENCE * CHECK_EVERY} rounds"
        return f"ended after round {self.trainer.round:,}: at {self.stopped_at:,} {grew}"

    def restore_best(self) -> None:
        """Give the model the weights of its best update, where these are kept."""
        if self._best is not None:
            self.trainer.game.load_state_dict(self._best)


def _copied(game: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in game.state_dict().items()}

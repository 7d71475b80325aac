"""A model's players and turns as a table."""

from textgan.game import Game, Turn


def describe(game: Game, step: int = 0) -> str:
    """The game as a table: players with their parameters and optimizers, then the turns of round `step`."""
    model, wrapper = type(game.unwrapped).__name__, type(game).__name__
    lines = [f"{model if game.unwrapped is game else f'{wrapper}({model})'}: players"]
    for name, player in game.make_players().items():
        group = player.optimizer.param_groups[0]
        size = sum(p.numel() for p in player.parameters)
        extras = [f"lr {player.config.lr:g}"]
        if "betas" in group:
            extras.append(f"betas {tuple(group['betas'])}")
        extras += [f"clip norm {player.config.clip_norm:g}"] if player.config.clip_norm is not None else []
        if player.config.warmup_rounds:
            extras.append(f"warm-up {player.config.warmup_rounds}, at most {player.config.warmup_share:.0%} of the run")
        extras += [f"decay from {player.config.decay_from:g}"] if player.config.decay_from < 1 else []
        extras += [f"clamp {player.clamp:g}"] if player.clamp is not None else []
        extras += [f"average {player.average.decay:g}"] if player.average is not None else []
        lines.append(f"  {name:<14} {size:>12,} parameters  {type(player.optimizer).__name__} {', '.join(extras)}")
    lines.append(f"turns of round {step:,}")
    for number, turn in enumerate(game.turns(step), 1):
        notes = [f"x {turn.repeat}"]
        notes += [_source(turn)]
        notes += ["codes without a graph"] if turn.precompute else []
        notes += ["float32"] if turn.full_precision else []
        lines.append(f"  {number}. {turn.title:<42} {', '.join(notes)}")
    return "\n".join(lines)


def _source(turn: Turn) -> str:
    """Where a turn's batches come from, in words."""
    size = turn.batch_size or "batch size"
    return {
        "epoch": "epoch by epoch",
        "uniform": f"uniform draws of {size}",
        "labeled": f"labeled draws of {size}",
        "uniform and labeled": f"uniform draws of {size}, and {size} labeled",
        "previous": "the batch of the turn before",
        "none": f"{size} rows, no data",
    }[turn.batches]

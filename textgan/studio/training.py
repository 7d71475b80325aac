"""The tab Training: the curves of a run while it trains, its samples over time, another run beside it."""

from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from textgan.errors import UserError
from textgan.facts import facts_of
from textgan.files import expanded, read_file
from textgan.pictures.small_plots import plots_html
from textgan.studio.marks import note, picture_html
from textgan.studio.studio import StudioContext, Tab
from textgan.training.log import log_folder, read_metrics, sampled_rounds
from textgan.training.metric_titles import duration
from textgan.training.panels import log_panels, runs_panels
from textgan.training.run_folder import in_training

_SECONDS = 2.0  # between two looks at the log
_NO_RUN = "(none)"
_MOST_RUNS = 200
_MOST_BYTES = 1 << 26


class RunState(NamedTuple):
    """By which it is seen that a run has gone on.

    Args:
        size: bytes of its log.
        training: whether it is being trained.
        rounds: whose samples there are.
    """

    size: int
    training: bool
    rounds: tuple[int, ...]


def state_of_run(folder: Path) -> RunState:
    """The state of a run, at once."""
    log = folder / "metrics.jsonl"
    return RunState(log.stat().st_size if log.is_file() else 0, in_training(folder), tuple(sampled_rounds(folder)))


def runs_beside(folder: Path) -> list[str]:
    """Names of the other runs in the same folder that have a log."""
    place = folder.resolve()
    others = [path for path in sorted(place.parent.iterdir()) if path != place and not path.is_symlink()]
    return [path.name for path in others if (path / "metrics.jsonl").is_file()][:_MOST_RUNS]


def other_run(folder: Path, name: str | None) -> Path | None:
    """The run of that name in the same folder; None: no other is wanted.

    Raises:
        UserError: there is none.
    """
    if name in (None, "", _NO_RUN):
        return None
    if name not in runs_beside(folder):
        raise UserError(f"{name} is no run beside {folder.name}; expected one of the list")
    return folder.resolve().parent / str(name)


def training_html(folder: Path, other: Path | None = None) -> str:
    """State and curves of a run, or of two."""
    logs = {folder.name: read_metrics(folder)} | ({} if other is None else {other.name: read_metrics(other)})
    lines = "".join(f"<p>{escape(state_line(path))}</p>" for path in (folder, other) if path is not None)
    panels = log_panels(logs[folder.name]) if other is None else runs_panels(logs)
    plots = plots_html(panels) if panels else note("No measurement yet: the first comes after some rounds.")
    return f'<div class="tg-states">{lines}</div>{plots}'


def state_line(folder: Path) -> str:
    """How far a run is, in a line."""
    facts = facts_of(str(folder))
    info = facts.info
    took = f", {duration(info.seconds)}" if info.seconds else ""
    share = f", {facts.share:.0%} of what was planned" if facts.share is not None and facts.share < 1 else ""
    return f"{folder.name}: {facts.state}, {info.rounds:,} rounds{took}{share}"


def samples_at(folder: Path, place: int) -> str:
    """The samples of a run: those of the place-th time, counted from 1; a place beyond is the last."""
    rounds = sampled_rounds(folder)
    if not rounds:
        return note(f"{folder.name} has no samples yet.")
    number = rounds[min(max(place, 1), len(rounds)) - 1]
    head = f"<h4>{escape(folder.name)}, round {number:,}</h4>"
    samples = folder / "samples"
    text = samples / f"round-{number:08d}.txt"
    body = ""
    if text.is_file():
        sentences = read_file(text, "samples of a run", _MOST_BYTES).decode("utf-8", "replace").splitlines()
        items = "".join(f'<li class="tg-sentence">{escape(sentence) or "(empty)"}</li>' for sentence in sentences)
        body = f'<ol class="tg-samples">{items}</ol>'
    names = {
        "samples": "samples",
        "points": "points",
        "reconstructions": "real above, reconstructed below",
        "map": "map",
    }
    for name, says in names.items():
        path = samples / f"round-{number:08d}-{name}.png"
        if path.is_file():
            body += picture_html(read_file(path, "a picture of a run", _MOST_BYTES), says)
    return head + body


def both_samples(folder: Path, other: Path | None, place: int) -> str:
    """The samples of one run, or of two side by side; of the other those nearest to the same round."""
    if other is None:
        return samples_at(folder, place)
    rounds, others = sampled_rounds(folder), sampled_rounds(other)
    number = rounds[min(max(place, 1), len(rounds)) - 1] if rounds else 0
    nearest = min(range(len(others)), key=lambda i: abs(others[i] - number), default=0) + 1
    parts = (samples_at(folder, place), samples_at(other, nearest))
    return f'<div class="tg-two">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def _build(studio: StudioContext) -> None:
    import gradio as gr

    from textgan.studio.page import answering, introduce

    folder = _folder(studio)
    assert folder is not None
    introduce("What the run measured of itself. While it trains, the curves go on by themselves.")
    names = runs_beside(folder)

    def draw(name: str | None, place: float) -> Any:
        other = other_run(folder, name)
        return training_html(folder, other), both_samples(folder, other, int(place)), _key(folder, other)

    def show(name: str | None, place: float) -> str:
        return both_samples(folder, other_run(folder, name), int(place))

    def look_again(name: str | None, place: float, key: str, count: int) -> Any:
        other = other_run(folder, name)
        now = _key(folder, other)
        if now == key:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip()
        number = len(sampled_rounds(folder))
        at = number if int(place) >= count else int(place)  # who looks at the last samples goes on to the new ones
        slider = gr.update(maximum=max(number, 2), value=max(at, 1), visible=number > 1)
        return training_html(folder, other), both_samples(folder, other, at), slider, now, number

    count = len(sampled_rounds(folder))
    beside = gr.Dropdown(
        [_NO_RUN, *names], value=_NO_RUN, label="Beside it", visible=bool(names), elem_id="training-beside"
    )
    plots = gr.HTML(elem_id="training", padding=False)
    place = gr.Slider(
        1, max(count, 2), max(count, 1), step=1, label="Samples, from the first to the last", visible=count > 1,
        elem_id="training-place",
    )  # fmt: skip
    samples = gr.HTML(elem_id="training-samples", padding=False)
    key, known = gr.State(""), gr.State(count)
    quiet: dict[str, Any] = {
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_id": "training",
        "trigger_mode": "always_last",
    }
    # None of these uses the model, so none waits for it.
    free = {
        name: answering(studio, f, locked=False) for name, f in (("draw", draw), ("show", show), ("again", look_again))
    }
    beside.change(free["draw"], [beside, place], [plots, samples, key], **quiet)
    place.release(free["show"], [beside, place], samples, **quiet)
    studio.when_opened.append((lambda: training_html(folder), [], plots))
    studio.when_opened.append((lambda: samples_at(folder, len(sampled_rounds(folder))), [], samples))
    timer = gr.Timer(_SECONDS)
    timer.tick(free["again"], [beside, place, key, known], [plots, samples, place, key, known], **quiet)


def _key(folder: Path, other: Path | None) -> str:
    return repr([state_of_run(path) for path in (folder, other) if path is not None])


def _folder(studio: StudioContext) -> Path | None:
    """The run whose log there is; of a run that has begun, its folder."""
    return log_folder(expanded(studio.name)) or studio.run_folder


def _refusal(studio: StudioContext) -> str:
    return "" if _folder(studio) is not None else "needs a run: a saved model has no log of its training"


TRAINING_TAB = Tab("Training", _build, _refusal)

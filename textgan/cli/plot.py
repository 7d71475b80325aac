"""`textgan plot`: a picture of a run or of a model: its map, its curves, its gradients, its codes."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jsonargparse import ArgumentParser, Namespace

from textgan.cli.flags import add_run, open_model, parse, parser
from textgan.cli.help import CommandParser
from textgan.cli.measured import check_places, check_sizes
from textgan.errors import UserError
from textgan.files import expanded
from textgan.pictures.figures import FIGURE_SUFFIXES

if TYPE_CHECKING:
    from textgan.evaluation.examples import EncodedExamples
    from textgan.sampling import ImageModel, SentenceModel

logger = logging.getLogger("textgan")

_TEXT = """Draw a picture of a run or of a model. map: codes of real sentences or images and of samples in a plane, so
that collapse is seen. curves: the log of a run. gradient: what lies between two sentences or images. latents:
variances, norms and distances of codes, real beside generated."""

_POINTS, _SENTENCES, _IMAGES = 1000, 3, 8
_STEPS, _IMAGE_STEPS = 7, 12
_MOST_POINTS, _MOST_LINES = 100_000, 200

_USES = {
    "map": ("n", "seed", "data", "split"),
    "curves": (),
    "gradient": ("a", "b", "n", "seed", "steps", "smooth", "data", "split"),
    "latents": ("n", "seed", "data", "split"),
}
"""The flags that change each picture."""

_DEFAULTS: Mapping[str, Any] = {
    "a": None,
    "b": None,
    "n": None,
    "seed": 0,
    "steps": None,
    "smooth": False,
    "data": None,
    "split": "valid",
}

_LATENTS = "Samples whose variance or distances are far below the real ones: the generator has collapsed."
_WORDS = "New words are marked, words left out are struck through."


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("plot", _TEXT)
    add_run(flags)
    _add_flags(flags)
    return flags


def run(arguments: list[str]) -> int:
    """Draw the picture."""
    values = parse(make_parser(), arguments)
    output = _output(values)
    check_sizes(values, "n", "steps")
    _DRAW[values.what](values, output)
    logger.info("%s: drawn", output)
    return 0


def _codes(values: Namespace, output: Path) -> None:
    """A map of codes, or their variances, norms and distances."""
    model = open_model(values)
    n = min(_POINTS if values.n is None else values.n, _MOST_POINTS)
    real = _real(values, model, n)
    if len(real.codes) < 3:
        raise UserError(f"{len(real.codes)} real {real.noun} to compare with; expected three or more")
    if values.what == "map":
        from textgan.evaluation.examples import MAP_NOTE, codes_on_map
        from textgan.pictures.maps import save_map

        picture = codes_on_map(model, real, n, values.seed)
        save_map(output, picture, _title(values, f"Map of the codes of {_name(values.run)}"), MAP_NOTE)
    else:
        from textgan.evaluation.examples import generated_codes
        from textgan.pictures.latents import save_latents

        sampled = generated_codes(model, n, values.seed)
        title = _title(values, f"Codes of {_name(values.run)}: {len(real.codes):,} real {real.noun}, {n:,} samples")
        save_latents(output, real.codes, sampled, title, _LATENTS)


def _gradient(values: Namespace, output: Path) -> None:
    from textgan.sampling import SentenceModel

    model = open_model(values)
    if isinstance(model, SentenceModel):
        _sentence_paths(values, model, output)
    else:
        _image_paths(values, model, output)


def _add_flags(flags: ArgumentParser) -> None:
    flags.add_argument("a", nargs="?", help="of a gradient, first sentence, or file of the first image")
    flags.add_argument("b", nargs="?", help="of a gradient, last sentence, or file of the last image")
    flags.add_argument("--what", type=Literal["map", "curves", "gradient", "latents"], default="map", help="to draw")
    flags.add_argument("--output", type=str, default=None, help="file to write: .png, .svg or .pdf")
    flags.add_argument(
        "-n",
        type=int | None,
        default=None,
        help=f"real examples and samples in a map or of latents, default {_POINTS:,}; gradients, default {_SENTENCES} "
        f"of sentences, {_IMAGES} of images",
    )
    flags.add_argument("--seed", type=int, default=0, help="of samples, and of gradients without ends")
    flags.add_argument(
        "--steps",
        type=int | None,
        default=None,
        help=f"of a gradient, both ends counted; default: {_STEPS} sentences, {_IMAGE_STEPS} images",
    )
    flags.add_argument("--smooth", action="store_true", help="gradient of sentences that change little and read well")
    flags.add_argument("--data", type=str, default=None, help="real data to draw; default: that of the training")
    flags.add_argument("--split", type=Literal["train", "valid", "test"], default="valid", help="of that data")
    flags.add_argument("--title", type=str, default=None, help="above the picture")


def _output(values: Namespace) -> Path:
    """The file to write.

    Raises:
        UserError: none is named, one of another format, or flags that the picture has no use for.
    """
    if values.output is None or Path(values.output).suffix.lower() not in FIGURE_SUFFIXES:
        came = "--output is missing" if values.output is None else f"--output is {values.output}"
        raise UserError(f"{came}; expected a file to draw into, a name in .png, .svg or .pdf")
    check_places(values, "output")
    for name, default in _DEFAULTS.items():
        if values[name] != default and name not in _USES[values.what]:
            flag = f"--{name}" if len(name) > 1 else f"-{name}" if name == "n" else repr(values[name])
            raise UserError(f"{flag} has no use for --what {values.what}; leave it out")
    return Path(values.output)


def _title(values: Namespace, usual: str) -> str:
    return usual if values.title is None else str(values.title)


def _name(run: str) -> str:
    """A run's name in a title: the end of its path."""
    path = expanded(run)
    return "/".join(path.parts[-2:]) if path.name == "best" else path.name or run


def _curves(values: Namespace, output: Path) -> None:
    from textgan.facts import facts_of
    from textgan.pictures.curves import save_curves
    from textgan.training.log import log_folder, read_metrics
    from textgan.training.panels import log_panels

    folder = log_folder(expanded(values.run))
    if folder is None:
        facts_of(values.run)  # refuses what is none of ours
        raise UserError(f"{values.run} has no log of its training; expected a run folder, which has a metrics.jsonl")
    panels = log_panels(read_metrics(folder))
    if not panels:
        raise UserError(f"{folder} has measured nothing yet; expected a run that has played some rounds")
    save_curves(output, panels, _title(values, f"Training of {_name(str(folder))}"))


def _real(values: Namespace, model: "SentenceModel | ImageModel", n: int) -> "EncodedExamples":
    from textgan.evaluation.examples import encoded_images, need_codes, real_sentences
    from textgan.sampling import SentenceModel

    if isinstance(model, SentenceModel):
        return real_sentences(model, n, values.split, values.data)
    from textgan.cli.images import heldout_images

    need_codes(model)
    return encoded_images(model, *heldout_images(model, values.split, n, values.data))


def _sentence_paths(values: Namespace, model: "SentenceModel", output: Path) -> None:
    from textgan.cli.sentences import check_ends
    from textgan.pictures.gradients import save_sentence_paths

    for name in ("data", "split"):
        if values[name] != _DEFAULTS[name]:
            raise UserError(f"--{name} has no use for a gradient of sentences; give its two ends, or none")
    given = values.a is not None
    if given and values.n is not None:
        raise UserError("-n has no use for a gradient whose ends are given; leave one of the two out")
    n, steps = min(values.n or _SENTENCES, _MOST_LINES), values.steps or _STEPS
    if steps > _MOST_LINES:
        raise UserError(f"--steps is {steps}; expected {_MOST_LINES} or fewer, which fit in a picture")
    check_ends(model, values.a, values.b)
    seeds = range(values.seed, values.seed + (1 if given else n))
    paths = [model.interpolate(values.a, values.b, steps, seed, smooth=values.smooth) for seed in seeds]
    ends = "From one sentence to another" if len(paths) == 1 else f"{len(paths)} gradients of sentences"
    save_sentence_paths(output, paths, _title(values, f"{ends}, by {_name(values.run)}"), _WORDS)


def _image_paths(values: Namespace, model: "ImageModel", output: Path) -> None:
    import numpy as np

    from textgan.cli.images import Given, heldout_images, one_image
    from textgan.evaluation.images.validation import image_pairs
    from textgan.pictures.gradients import save_image_paths, save_point_paths

    if values.smooth:
        raise UserError("--smooth has no use for a model of images; leave it out")
    steps, n = values.steps or _IMAGE_STEPS, min(values.n or _IMAGES, _MOST_LINES)
    if steps > _MOST_LINES:
        raise UserError(f"--steps is {steps}; expected {_MOST_LINES} or fewer, which fit in a picture")
    if (values.a is None) != (values.b is None):
        raise UserError("plot got one image; expected a file of the first and one of the last, or neither")
    real = heldout_images(model, values.split, max(2 * n, _POINTS * (not model.spec.is_image)), values.data)
    if values.a is not None:
        first, last = (one_image(model, file) for file in (values.a, values.b))
    else:
        first, last = (Given(*ends) for ends in image_pairs(*real, n))
    pairs = zip(first.x, last.x, first.labels, last.labels, strict=True)
    rows = [model.interpolate(a, b, steps, labels=np.array([k, m]), seed=values.seed) for a, b, k, m in pairs]
    if not rows:
        raise UserError("one image to draw gradients of; expected two or more")
    title = _title(values, f"Gradients between {'images' if model.spec.is_image else 'points'}, by {_name(values.run)}")
    if model.spec.is_image:
        save_image_paths(output, first.x, np.stack(rows), last.x, title)
    else:
        save_point_paths(output, real.x, np.stack(rows), title, "Gray: real points. Each line: decoded on the way.")


_DRAW: Mapping[str, Callable[[Namespace, Path], None]] = {
    "map": _codes,
    "curves": _curves,
    "gradient": _gradient,
    "latents": _codes,
}

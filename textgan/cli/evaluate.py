"""`textgan evaluate`: measure a model."""

import dataclasses
import json
import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING

from jsonargparse import ArgumentParser, Namespace

from textgan.cli.flags import DECODING, add_decoding, add_run, decoding_of, open_model, parse, parser, refuse
from textgan.data.config import DataConfig
from textgan.errors import UserError
from textgan.files import whole_file

if TYPE_CHECKING:
    from textgan.data.corpus import Corpus
    from textgan.data.tokenfile import TokenFile
    from textgan.evaluation.report import Report
    from textgan.sampling import ImageModel, SentenceModel

talk = logging.getLogger("textgan")

_TEXT = """Measure a model: reconstruction of held-out data, samples, codes. For images of 28 x 28 pixels and the
default sizes one core takes about {minutes}; --metrics, --steps, -n and --limit make it shorter."""
_MINUTES = "10 minutes, of which the critics take 6 and a classifier, once for each data set, 1"
_OF_IMAGES = {"metrics": None, "steps": None}


def run(arguments: list[str]) -> int:
    """Print a table of measurements, and write them as JSON."""
    flags = parser("evaluate", _TEXT.format(minutes=_MINUTES))
    _add_flags(flags)
    values = parse(flags, arguments)
    decoding_of(values)
    if values.n < 1 or values.limit < 1:
        raise UserError(f"-n is {values.n} and --limit is {values.limit}; expected 1 or more")
    if values.steps is not None and values.steps < 1:
        raise UserError(f"--steps is {values.steps}; expected 1 or more")
    model = open_model(values)
    from textgan.sampling import SentenceModel

    if isinstance(model, SentenceModel):
        report, real_data = _of_sentences(model, values), "real text"
    else:
        report, real_data = _of_images(model, values), "real"
    print(f"{'':<30}{'model':>12}{real_data:>12}")
    for name, value in report.numbers.items():
        real = f"{report.real[name]:.4f}" if name in report.real else ""
        print(f"{name:<30}{value:>12.4f}{real:>12}")
    for name, note in report.notes.items():
        print(f"{name}: {note}")
    if values.json:
        data = model.config.data.data if values.data is None else values.data
        result = {"data": data, "split": values.split} | report.notes
        of_model, of_real = ({k: v if math.isfinite(v) else None for k, v in part.items()} for part in report[:2])
        with whole_file(Path(values.json)) as aside:
            aside.write_text(json.dumps(of_model | {"real": of_real, "notes": result}, indent=2) + "\n")
    return 0


def _add_flags(flags: ArgumentParser) -> None:
    add_run(flags)
    flags.add_argument("--data", type=str, default=None, help="data to measure on; default: what it was trained on")
    flags.add_argument("--split", type=str, choices=["valid", "test"], default="valid", help="which held-out data")
    flags.add_argument("-n", type=int, default=10_000, help="samples to make")
    flags.add_argument("--limit", type=int, default=10_000, help="most held-out sentences, or images of each split")
    flags.add_argument("--seed", type=int, default=0, help="of the samples")
    flags.add_argument("--json", type=str, default=None, help="file for the measurements")
    flags.add_argument(
        "--metrics",
        type=str | None,
        default=None,
        help="of images, some of reconstruction,codes,probe,svm,clustering,lines,samples,modes,diversity,memorization,"
        "critic; default: all that fit the data",
    )
    flags.add_argument(
        "--steps", type=int | None, default=None, help="of images, updates of each independent critic; default: 1,500"
    )
    add_decoding(flags)


def _of_images(model: "ImageModel", values: Namespace) -> "Report":
    from textgan.cli.images import own_data
    from textgan.evaluation.images.critic import CriticProtocol
    from textgan.evaluation.images.report import evaluate

    refuse(values, DECODING, "images")
    groups = None if values.metrics is None else [name.strip() for name in values.metrics.split(",")]
    steps = CriticProtocol.steps if values.steps is None else values.steps
    data = own_data(model, values.data)
    return evaluate(model, data, values.split, values.n, values.seed, groups, values.limit, steps)


def _of_sentences(model: "SentenceModel", values: Namespace) -> "Report":
    from textgan.data.corpus import open_corpus
    from textgan.evaluation.text import evaluate

    refuse(values, _OF_IMAGES, "sentences")
    data = _config(model) if values.data is None else dataclasses.replace(_config(model), data=values.data)
    corpus = open_corpus(data, model.tokenizer)
    held_out = corpus.valid if values.split == "valid" else corpus.test
    if held_out is None:
        raise UserError(f"{data.data} has no test split; expected one, or --split valid")
    train = _train_of(model, corpus, values.data)
    return evaluate(model, held_out, train, values.n, values.seed, decoding_of(values), values.limit)


def _train_of(model: "SentenceModel", corpus: "Corpus", data: str | None) -> "TokenFile | None":
    """The sentences that the model was trained on, whatever it is measured on; None if they are not here any more."""
    if data is None:
        return corpus.train
    from textgan.data.corpus import open_corpus

    try:
        return open_corpus(_config(model), model.tokenizer).train
    except UserError as error:
        talk.warning("novelty is left out: the training data is not here (%s)", error)
        return None


def _config(model: "SentenceModel") -> DataConfig:
    assert isinstance(model.config.data, DataConfig)
    return model.config.data

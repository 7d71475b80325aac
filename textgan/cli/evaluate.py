"""`textgan evaluate`: measure a model."""

import dataclasses
import json
import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING

from textgan.cli.flags import add_decoding, add_run, decoding_of, open_model, parse, parser, whole_file
from textgan.errors import UserError

if TYPE_CHECKING:
    from textgan.data.corpus import Corpus
    from textgan.data.tokenfile import TokenFile
    from textgan.sampling import SentenceModel

talk = logging.getLogger("textgan")


def run(arguments: list[str]) -> int:
    """Print a table of measurements, and write them as JSON."""
    flags = parser("evaluate", "Measure a model: reconstruction of held-out sentences, samples, codes.")
    add_run(flags)
    flags.add_argument(
        "--data", type=str, default=None, help="corpus to measure on; default: the one it was trained on"
    )
    flags.add_argument("--split", type=str, choices=["valid", "test"], default="valid", help="which held-out sentences")
    flags.add_argument("-n", type=int, default=10_000, help="samples to write")
    flags.add_argument("--limit", type=int, default=10_000, help="most held-out sentences to use")
    flags.add_argument("--seed", type=int, default=0, help="of the samples")
    flags.add_argument("--json", type=str, default=None, help="file for the measurements")
    add_decoding(flags)
    values = parse(flags, arguments)
    decoding = decoding_of(values)
    if values.n < 1 or values.limit < 1:
        raise UserError(f"-n is {values.n} and --limit is {values.limit}; expected 1 or more")
    model = open_model(values)
    from textgan.data.corpus import open_corpus
    from textgan.evaluation.text import evaluate

    data = model.config.data if values.data is None else dataclasses.replace(model.config.data, data=values.data)
    corpus = open_corpus(data, model.tokenizer)
    held_out = corpus.valid if values.split == "valid" else corpus.test
    if held_out is None:
        raise UserError(f"{data.data} has no test split; expected one, or --split valid")
    report = evaluate(
        model, held_out, _train_of(model, corpus, values.data), values.n, values.seed, decoding, values.limit
    )
    print(f"{'':<30}{'model':>12}{'real text':>12}")
    for name, value in report.numbers.items():
        real = f"{report.real[name]:.4f}" if name in report.real else ""
        print(f"{name:<30}{value:>12.4f}{real:>12}")
    for name, note in report.notes.items():
        print(f"{name}: {note}")
    if values.json:
        result = {"data": data.data, "split": values.split} | report.notes
        of_model, of_real = ({k: v if math.isfinite(v) else None for k, v in part.items()} for part in report[:2])
        with whole_file(Path(values.json)) as aside:
            aside.write_text(json.dumps(of_model | {"real": of_real, "notes": result}, indent=2) + "\n")
    return 0


def _train_of(model: "SentenceModel", corpus: "Corpus", data: str | None) -> "TokenFile | None":
    """The sentences that the model was trained on, whatever it is measured on; None if they are not here any more."""
    if data is None:
        return corpus.train
    from textgan.data.corpus import open_corpus

    try:
        return open_corpus(model.config.data, model.tokenizer).train
    except UserError as error:
        talk.warning("novelty is left out: the training data is not here (%s)", error)
        return None

"""`textgan score`: evaluate a file of sentences."""

import dataclasses
from pathlib import Path
from typing import Literal

from jsonargparse import Namespace

from textgan.cli.flags import parse, parser
from textgan.cli.help import CommandParser
from textgan.cli.measured import (
    MetricPrinter,
    add_metrics,
    add_outputs,
    check_places,
    check_sizes,
    chosen_groups,
    put_out_sentences,
)
from textgan.cli.sentences import ColumnFlags, one_file, read_texts
from textgan.config import add_flags, from_dict
from textgan.data.config import DataConfig, SettledDataConfig
from textgan.data.modality import modality_of_data
from textgan.errors import UserError

_TEXT = """Evaluate a file of generated sentences, one a line, against real text: fluency, diversity, copies, distances.
Reference models are trained on the train split of the reference; the vocabulary is its most frequent words."""
_METRICS = """some of statistics, perplexity, overlap, copying, features, grammar, and lstm, which trains two models;
separated by commas; default: all but lstm"""


_WHOLE = SettledDataConfig(max_length=1000)
"""Sentences of the file are of any length, so those of the reference are too."""

_NOT_FOR_SCORE = ("data", "labels", "labeled", "labeled_fraction", "label_seed", "unlabeled")
_NAMES = [field.name for field in dataclasses.fields(DataConfig) if field.name not in _NOT_FOR_SCORE]
_FIRST = ("--reference", "--split", "--limit", "--metrics", "--json", "--html", "--text-column")


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("score", _TEXT, _FIRST)
    flags.add_argument("files", nargs="+", metavar="file", help="sentences, one a line; - for standard input")
    flags.add_argument("--reference", type=str, required=True, help="real text, as --data of textgan train takes it")
    flags.add_argument("--split", type=Literal["valid", "test"], default="valid", help="which held-out sentences")
    flags.add_argument("--limit", type=int, default=10_000, help="most held-out sentences")
    flags.add_argument("--seed", type=int, default=0, help="of what is random in a measurement")
    add_outputs(flags)
    add_metrics(flags, _METRICS)
    add_flags(flags.add_argument_group("how the reference is read"), _WHOLE, names=_NAMES)
    return flags


def run(arguments: list[str]) -> int:
    """Print a table of metrics, and write them as JSON or HTML."""
    values = parse(make_parser(), arguments)
    check_sizes(values, "limit")
    check_places(values, "json", "html")
    if modality_of_data(values.reference) == "images":
        raise UserError(f"--reference {values.reference} holds images; expected real text")
    file = one_file(values.files)
    config = from_dict(SettledDataConfig, {name: values[name] for name in _NAMES} | {"data": values.reference})
    rows = read_texts(file, ColumnFlags(Namespace(text_column=None, second_column=None), config))
    sentences = [text.lower() if config.lowercase else text for row in rows for text in row]
    from textgan.data.corpus import open_corpus
    from textgan.evaluation.text.evaluation import TextEvaluation
    from textgan.evaluation.text.groups import evaluate_text
    from textgan.evaluation.text.reference_lm import REFERENCE_LMS

    corpus = open_corpus(config)
    case = TextEvaluation(
        sentences,
        corpus,
        values.split,
        config.vocab_size,
        values.limit,
        values.seed,
        perplexity_lm_config=REFERENCE_LMS[values.reference_lm],
        data=config.data,
    )
    report = evaluate_text(case, chosen_groups(values), MetricPrinter("file", "real text"))
    put_out_sentences(case, report, values, f"{Path(file).name}: evaluation", config.data)
    return 0

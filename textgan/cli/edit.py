"""`textgan edit`: sentence arithmetic."""

import json
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jsonargparse import Namespace

from textgan.cli.flags import add_decoding, add_run, decoding_of, open_sentence_model, parse, parser, write_each
from textgan.cli.help import CommandParser
from textgan.cli.measured import check_sizes
from textgan.cli.sentences import (
    ColumnFlags,
    InputCheck,
    add_columns,
    chunks,
    is_random,
    name_of,
    read_texts,
    single,
    write_chunks,
)
from textgan.errors import UserError
from textgan.files import whole_file

if TYPE_CHECKING:
    from textgan.sampling import Codes, SentenceModel
    from textgan.settings import Decoding

logger = logging.getLogger("textgan")

_TEXT = """Give each sentence of a file an attribute. The mean code of sentences with the attribute, minus that of
sentences without it, times --scale, is added to the code of each sentence. With --search, each code is moved until a
wanted word is written. The files of --add and --subtract hold sentences, one per line, or single words; words stand
for samples of the model that contain one of them."""
_FIRST = ("--add", "--subtract", "--scale", "--search", "--from-samples", "--pairs", "--seed", "--output", "--device")
_SAMPLES, _VARIANTS = 10_000, 100


class _Edits(NamedTuple):
    """What one scale gives of all sentences."""

    scale: float
    sentences: list[str]
    codes: "Codes"


def run(arguments: list[str]) -> int:
    """Print the edited sentences, one a line, in order; of several scales side by side, with tabs between."""
    values = parse(make_parser(), arguments)
    decoding = decoding_of(values)
    scales = _scales(values.scale)
    check_sizes(values, "from_samples", "samples", "variants")
    if [values.add, values.subtract, values.match, "" if values.from_samples else values.file].count("-") > 1:
        raise UserError("standard input is given twice; expected files, and - for at most one of them")
    model = open_sentence_model(values)
    columns = ColumnFlags(values, model.config.data)
    add, subtract, wanted = (_listed(values[name], columns) for name in ("add", "subtract", "match"))
    _refuse_contradictions(values, add, subtract, wanted)
    wanted = wanted or (add if _is_words(add) else [])
    if values.from_samples:
        _put_out(values, model, *_edit_samples(values, model, (add, subtract), scales, decoding), wanted, decoding)
        return 0
    whole = values.json is not None or is_random(decoding)
    parts = _sentences(model, values.file, columns, whole)
    edit = (_searched if values.search else _moved)(values, model, (add, subtract), scales, decoding)
    if values.json:
        originals = [sentence for part in parts for sentence in part]
        _put_out(values, model, originals, edit(originals), wanted, decoding)
    else:
        write_chunks((_lines(part, edit(part), values.pairs) for part in parts), values.output)
    return 0


def _put_out(
    values: Namespace,
    model: "SentenceModel",
    originals: list[str],
    edits: list[_Edits],
    wanted: list[str],
    decoding: "Decoding",
) -> None:
    lines = _lines(originals, edits, values.pairs)
    if not values.json:
        write_each(lines, values.output)
        return
    about = _measured(values, model, originals, edits, wanted, decoding)
    with whole_file(Path(values.json)) as aside:
        aside.write_text(json.dumps(about, indent=2) + "\n")
        write_each(lines, values.output)


def _lines(originals: list[str], edits: list[_Edits], pairs: bool) -> list[str]:
    columns = [originals] * pairs + [edit.sentences for edit in edits]
    return ["\t".join(text.replace("\t", " ") for text in row) for row in zip(*columns, strict=True)]


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("edit", _TEXT, _FIRST)
    add_run(flags)
    flags.add_argument("file", nargs="?", default="-", help="file of sentences; - or none: standard input")
    flags.add_argument("--add", type=str, default=None, help="file of sentences with the attribute, or of words")
    flags.add_argument(
        "--subtract", type=str, default=None, help="the same without the attribute; default: any sample of the model"
    )
    flags.add_argument(
        "--scale", type=str, default="1", help="factor of the vector; several, with commas between, give a column each"
    )
    flags.add_argument(
        "--search",
        action="store_true",
        help="move each code in at most ten steps, from the mean code of the words it has (or of those to subtract) "
        "to that of the words to add, until one of these is written",
    )
    flags.add_argument(
        "--from-samples",
        type=int | None,
        default=None,
        help="with --search: edit this many samples of the model, in its generator's noise as in the paper, "
        "in place of a file",
    )
    flags.add_argument(
        "--samples", type=int, default=_SAMPLES, help="number of samples of the model that words are looked up in"
    )
    flags.add_argument("--pairs", action="store_true", help="print the original and a tab before each edited sentence")
    flags.add_argument("--seed", type=int, default=0, help="random seed of samples, variants and decoding")
    flags.add_argument("--output", type=str, default=None, help="file to write; default: standard output")
    flags.add_argument("--json", type=str, default=None, help="file for match and precision at each scale")
    flags.add_argument("--match", type=str, default=None, help="file of words to look for; default: those of --add")
    flags.add_argument(
        "--variants", type=int, default=_VARIANTS, help="sentences drawn from each code to compute match"
    )
    add_columns(flags)
    add_decoding(flags)
    return flags


def _scales(text: str) -> list[float]:
    try:
        scales = [float(part) for part in text.split(",")]
    except ValueError:
        scales = [math.nan]
    if not all(map(math.isfinite, scales)):
        raise UserError(f"--scale is {text}; expected a number, or several with commas between, as in 0.5,1,2")
    return scales


def _listed(path: str | None, columns: ColumnFlags) -> list[str]:
    """The lines of a file of attributes, empty ones left out; none where no file is given."""
    found = [] if path is None else [text for row in read_texts(path, columns) for text in row]
    lines = [line for line in found if line.strip()]
    if path is not None and len(lines) < len(found):
        logger.warning("%d empty lines of %s are left out", len(found) - len(lines), name_of(path))
    if path is not None and not lines:
        raise UserError(f"{path} holds no sentence; expected sentences, or words, one a line")
    return lines


def _sentences(model: "SentenceModel", path: str, columns: ColumnFlags, whole: bool) -> Iterator[list[str]]:
    """The sentences of a file, some at a time, but empty ones, which no code stands for."""
    check, count, empty = InputCheck(model, path), 0, 0
    for part in chunks(path, columns, whole):
        found = single(part, path)
        full = [sentence for sentence in found if sentence.strip()]
        count, empty = count + len(full), empty + len(found) - len(full)
        check.count(full)
        if full:
            yield full
    if not count:
        raise UserError(f"{name_of(path)} holds no sentence; expected one a line")
    if empty:
        logger.warning("%d empty lines of %s are left out", empty, name_of(path))
    check.report()


def _is_words(lines: Sequence[str]) -> bool:
    """Whether the lines of a file are words: one on every line."""
    return bool(lines) and all(len(line.split()) == 1 for line in lines)


def _refuse_contradictions(values: Namespace, add: list[str], subtract: list[str], wanted: list[str]) -> None:
    if not add and not subtract:
        raise UserError("neither --add nor --subtract is given; expected a file of sentences or words for one of them")
    if wanted and not _is_words(wanted):
        raise UserError(f"--match {values.match} holds sentences; expected words, one a line")
    for name, lines in {"add": add, "subtract": subtract}.items():
        if values.search and (lines or name == "add") and not _is_words(lines):
            raise UserError(f"--search looks for words; expected --{name} FILE with one word a line")
    if values.from_samples and not values.search:
        raise UserError("--from-samples is for --search; expected --search too, or a file of sentences")
    if values.from_samples and values.file != "-":
        raise UserError(f"both --from-samples and the file {values.file} are given; expected one of them")


def _searched(
    values: Namespace,
    model: "SentenceModel",
    words: tuple[list[str], list[str]],
    scales: list[float],
    decoding: "Decoding",
) -> Callable[[list[str]], list[_Edits]]:
    """What the search makes of sentences."""
    from textgan.sampling.search import Samples, Walk, search

    samples = Samples(model, values.samples, values.seed)

    def edits(originals: list[str]) -> list[_Edits]:
        found = [search(samples, originals, *words, Walk(scale), values.seed, decoding) for scale in scales]
        return [_Edits(scale, each.sentences, each.codes) for scale, each in zip(scales, found, strict=True)]

    return edits


def _edit_samples(
    values: Namespace,
    model: "SentenceModel",
    words: tuple[list[str], list[str]],
    scales: list[float],
    decoding: "Decoding",
) -> tuple[list[str], list[_Edits]]:
    """Samples of the model, and what the search in its noise makes of them."""
    from textgan.sampling.search import Samples, Walk, search_noise

    # Other noise than that of the means: a sentence must not be found through its own share in them.
    samples, started = Samples(model, values.samples, values.seed), Samples(model, values.from_samples, values.seed + 1)
    originals: list[str] = []
    edits = []
    for scale in scales:
        originals, found = search_noise(samples, started.noise, *words, Walk(scale), values.seed, decoding)
        edits.append(_Edits(scale, found.sentences, found.codes))
    return originals, edits


def _moved(
    values: Namespace,
    model: "SentenceModel",
    attributes: tuple[list[str], list[str]],
    scales: list[float],
    decoding: "Decoding",
) -> Callable[[list[str]], list[_Edits]]:
    """What adding the vector makes of sentences."""
    from textgan.sampling.arithmetic import attribute_vector, shifted
    from textgan.sampling.search import Samples

    samples = Samples(model, values.samples, values.seed) if any(map(_is_words, attributes)) else None
    add, subtract = (samples.with_words(part) if samples and _is_words(part) else part for part in attributes)
    vector = attribute_vector(model, add, subtract, values.seed)

    def edits(originals: list[str]) -> list[_Edits]:
        codes = model.encode(originals)
        moved = [(scale, shifted(model, codes, vector, scale)) for scale in scales]
        return [_Edits(scale, model.decode(z, values.seed, decoding), z) for scale, z in moved]

    return edits


def _measured(
    values: Namespace,
    model: "SentenceModel",
    originals: list[str],
    edits: Sequence[_Edits],
    wanted: list[str],
    decoding: "Decoding",
) -> dict[str, Any]:
    """Match and precision of each scale, with what they are without an edit to compare with."""
    from textgan.sampling.arithmetic import draw_variants, holds, match, precision

    def share(sentences: Sequence[str]) -> float:
        return match([[sentence] for sentence in sentences], wanted)

    def number(value: float) -> float | None:
        return value if math.isfinite(value) else None

    rows = []
    for edit in edits:
        row = {"scale": edit.scale, "precision": number(precision(originals, edit.sentences))}
        if wanted:
            written = draw_variants(model, edit.codes, values.variants, values.seed, decoding)
            row |= {"match": number(match(written, wanted)), "written": number(share(edit.sentences))}
        rows.append(row)
    rebuilt = model.reconstruct(originals, values.seed, decoding) if originals else []
    return {
        "sentences": len(originals),
        "search": values.search,
        "wanted": wanted,
        "wanted_before": sum(holds(sentence, wanted) for sentence in originals),
        "variants": values.variants,
        "precision_of_reconstructions": number(precision(originals, rebuilt)),
        "scales": rows,
    }

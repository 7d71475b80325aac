"""`textgan evaluate`: measure a model."""

import dataclasses
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from jsonargparse import ArgumentParser, Namespace

from textgan.cli.flags import DECODING, add_decoding, add_path, add_run, decoding_of, open_model, parse, parser, refuse
from textgan.cli.measured import (
    JUDGE,
    Table,
    add_metrics,
    add_outputs,
    check_places,
    check_sizes,
    chosen,
    put_out,
    put_out_sentences,
)
from textgan.data.config import DataConfig
from textgan.errors import UserError
from textgan.settings import Decoding

if TYPE_CHECKING:
    from textgan.data.corpus import Corpus
    from textgan.sampling import ImageModel, SentenceModel

logger = logging.getLogger("textgan")

_TEXT = """Measure a model: reconstruction of held-out data, samples, codes. Sentences, 10,000 of them, take a minute,
and where the data is new a small language model of it is trained at the end, which takes another. For images of
28 x 28 pixels and the default sizes one core takes about 10 minutes, of which the critics take 6 and a classifier, once
for each data set, 1. --metrics, --steps, -n and --limit make it shorter."""
_METRICS = """of images: reconstruction,likelihood,codes,probe,svm,clustering,lines,samples,modes,diversity,
memorization,critic; of sentences: reconstruction,nll,likelihood,codes,statistics,perplexity,overlap,copying,features,
interpolation,robustness,grammar,classification,transfer, and judge, which trains two language models; default: all that
fit the data but judge"""
_OF_IMAGES = {"steps": None}
_P = TypeVar("_P")  # points of a curve
_OF_SENTENCES = (
    dict.fromkeys(("html", "words", "temperatures", "guidances", "against", "confusion", "path")) | DECODING | JUDGE
)


def run(arguments: list[str]) -> int:
    """Print a table of measurements, and write them as JSON."""
    flags = parser("evaluate", _TEXT)
    _add_flags(flags)
    values = parse(flags, arguments)
    decoding_of(values)
    check_sizes(values, "n", "limit", "steps", "words")
    check_places(values, "json", "html", "confusion")
    model = open_model(values)
    from textgan.sampling import SentenceModel

    if isinstance(model, SentenceModel):
        _of_sentences(model, values)
    else:
        _of_images(model, values)
    return 0


def _add_flags(flags: ArgumentParser) -> None:
    add_run(flags)
    flags.add_argument("--data", type=str, default=None, help="data to measure on; default: what it was trained on")
    flags.add_argument("--split", type=Literal["valid", "test"], default="valid", help="which held-out data")
    flags.add_argument("-n", type=int, default=10_000, help="samples to make")
    flags.add_argument("--limit", type=int, default=10_000, help="most held-out sentences, or images of each split")
    flags.add_argument("--seed", type=int, default=0, help="of the samples")
    flags.add_argument(
        "--words", type=int | None, default=None, help="of sentences, the judges' vocabulary; default: 11,000"
    )
    add_outputs(flags)
    add_metrics(flags, _METRICS)
    flags.add_argument(
        "--steps", type=int | None, default=None, help="of images, updates of each independent critic; default: 1,500"
    )
    flags.add_argument(
        "--temperatures",
        type=str | None,
        default=None,
        help="of sentences, such as 0,0.7,1: forward and reverse perplexity at each: a curve of quality and diversity",
    )
    flags.add_argument(
        "--guidances",
        type=str | None,
        default=None,
        help="of models that exchange an attribute, such as 0,0.2,0.4: a curve of its accuracy and of BLEU",
    )
    flags.add_argument(
        "--against", type=str | None, default=None, help="other runs, separated by commas, whose curves are drawn too"
    )
    flags.add_argument(
        "--confusion", type=str | None, default=None, help="PNG to draw: which labels are taken for which others"
    )
    add_path(flags, "of sentences, how interpolations go")
    add_decoding(flags)


def _of_images(model: "ImageModel", values: Namespace) -> None:
    from textgan.cli.images import own_data
    from textgan.evaluation.images.critic import CriticProtocol
    from textgan.evaluation.images.groups import evaluate

    refuse(values, _OF_SENTENCES, "images")
    steps = CriticProtocol.steps if values.steps is None else values.steps
    data = own_data(model, values.data)
    table = Table("real")
    report = evaluate(model, data, values.split, values.n, values.seed, chosen(values), values.limit, steps, table)
    about = {"data": values.data or model.config.data.data, "split": values.split}
    put_out(report, values, about, model.game.findings)


def _of_sentences(model: "SentenceModel", values: Namespace) -> None:
    from textgan.data.corpus import open_corpus
    from textgan.data.labeled import examples
    from textgan.evaluation.text.evaluation import TextEvaluation
    from textgan.evaluation.text.groups import evaluate
    from textgan.evaluation.text.reference_lm import judge_config
    from textgan.evaluation.text.temperature import quality_diversity

    refuse(values, _OF_IMAGES, "sentences")
    data = _config(model)
    if values.data is not None:  # of other data nothing was shown to the model
        data = dataclasses.replace(data, data=values.data, labeled=None, labeled_fraction=None, unlabeled=None)
        data = dataclasses.replace(data, labels=data.labels if model.game.classifies else None)
    temperatures, guidances = _numbers(values, "temperatures"), _numbers(values, "guidances")
    if values.against is not None and not temperatures and not guidances:
        raise UserError("--against draws curves; expected --temperatures or --guidances too, such as 0,0.5,1")
    others = _others(values)
    if guidances:
        _ = [Decoding(guidance=weight) for weight in guidances]  # refuses what is no weight
        _check_transfer({values.run: model} | others, model.labels)
    if values.confusion is not None and not model.labels:
        raise UserError(f"--confusion of {values.run}, which learned no labels; leave it out")
    corpus = open_corpus(data, model.tokenizer)
    held = corpus.valid if values.split == "valid" else corpus.test
    for name in ("confusion", "guidances"):
        if values[name] is not None and held is not None and not len(examples(held)):
            raise UserError(f"--{name}, and no sentence of {values.split} has a label; leave it out")
    words = values.words or DataConfig().vocab_size
    reading = decoding_of(values)
    decoding = reading.settled(model.game.sampling_temperature)
    case = TextEvaluation(
        model.sample(values.n, values.seed, decoding=decoding),
        _in_words(corpus, data, words),
        values.split,
        words,
        values.limit,
        values.seed,
        long_lstm=judge_config(values.judge),
        model=model,
        decoding=decoding,
        reading=reading,
        data=data.data,
        own=corpus,
        own_train=None if values.data is None else _own_train(model, corpus),
        path=values.path,
    )
    report = evaluate(case, chosen(values), Table("real text"))
    if values.confusion is not None:
        from textgan.evaluation.text.classification import confusion
        from textgan.pictures import confusion as draw

        draw(Path(values.confusion), confusion(case.predictions), model.labels)
    curves, transfers = {}, {}
    if temperatures:
        curves = _curves(values, model, others, lambda m: quality_diversity(case, m, values.n, temperatures))
    if guidances:
        transfers = _curves(values, model, others, lambda m: case.transfer.curve(m, reading, guidances))
    title = f"{_name(values.run)}: sentences measured"
    played = _played(model, values.run, len(corpus.train)) if values.data is None else (None, None)
    put_out_sentences(case, report, values, title, data.data, curves, transfers, _history(values.run), played)


def _in_words(corpus: "Corpus", data: DataConfig, words: int) -> "Corpus":
    """The data as the judges see it, whatever the model's vocabulary: in words of its own, or whole."""
    from textgan.data.corpus import open_corpus
    from textgan.data.tokenizer import WordTokenizer

    if not isinstance(corpus.tokenizer, WordTokenizer):
        return corpus  # pieces of words hold every text
    return open_corpus(dataclasses.replace(data, vocab_size=words, min_count=1))


def _others(values: Namespace) -> "dict[str, SentenceModel]":
    """The runs that the model is held against."""
    from textgan.sampling import SentenceModel

    names = [name.strip() for name in (values.against or "").split(",") if name.strip()]
    return {name: SentenceModel.from_pretrained(name, values.device) for name in names}


def _numbers(values: Namespace, name: str) -> list[float]:
    """Numbers that are asked for, with commas between them; none if none are.

    Raises:
        UserError: they are no numbers from 0.
    """
    if values[name] is None:
        return []
    try:
        found = [float(number) for number in values[name].split(",")]
    except ValueError as error:
        raise UserError(f"--{name} is {values[name]}; expected numbers such as 0,0.5,1") from error
    for number in found:
        if not 0 <= number < float("inf"):
            raise UserError(f"--{name} has {number}; expected 0 or more")
    return found


def _check_transfer(models: "dict[str, SentenceModel]", labels: tuple[str, ...]) -> None:
    """Refuse models that cannot give sentences these labels.

    Raises:
        UserError: names the first.
    """
    for run, model in models.items():
        if not (model.game.conditional and set(labels) <= set(model.labels)):
            own = ", ".join(model.labels) if model.game.conditional else "none"
            wanted = ", ".join(labels) or "some"
            raise UserError(f"--guidances: {run} exchanges the labels {own}; expected {wanted}, of arae_transfer")


def _curves(
    values: Namespace,
    model: "SentenceModel",
    others: "dict[str, SentenceModel]",
    points: "Callable[[SentenceModel], list[_P]]",
) -> "dict[str, list[_P]]":
    """The curve of this model, and of those that it is held against, by the same judges."""
    curves = {_name(values.run): points(model)}
    for run, other in others.items():
        curves[_name(run, curves)] = points(other)
    return curves


def _history(run: str) -> list[dict[str, float]]:
    """What was watched while the run was trained, where it is at hand."""
    from textgan.training.log import read_metrics

    folder = Path(run).parent if Path(run).name == "best" else Path(run)
    return read_metrics(folder) if (folder / "metrics.jsonl").exists() else []


def _played(model: "SentenceModel", run: str, sentences: int) -> tuple[int | None, float | None]:
    """Rounds of a run, and how many times it read as many train sentences; neither is known of a model without it."""
    from textgan.training.checkpoint import last_checkpoint, rounds_of

    checkpoint = last_checkpoint(Path(run))
    if checkpoint is None:
        return None, None
    rounds = rounds_of(checkpoint)
    return rounds, rounds * model.config.training.batch_size / max(sentences, 1)


def _name(run: str, taken: Collection[str] = ()) -> str:
    """A run's name for a curve: its folder, of a best model the run's; whole where another has the same."""
    path = Path(run)
    name = path.parent.name if path.name == "best" and path.parent.name else path.name
    return str(path) if name in taken else name


def _own_train(model: "SentenceModel", corpus: "Corpus") -> list[str]:
    """The sentences that the model was trained on; where they are not here any more, those of the reference."""
    from textgan.data.corpus import open_corpus

    try:
        train = open_corpus(_config(model), model.tokenizer).train
    except UserError as error:
        logger.warning("copies are searched in the train split of --data: the training data is not here (%s)", error)
        train = corpus.train
    return [train.text(i) for i in range(len(train))]


def _config(model: "SentenceModel") -> DataConfig:
    assert isinstance(model.config.data, DataConfig)
    return model.config.data

"""`textgan evaluate` of a model of sentences: curves over temperature and guidance, and the HTML report, too."""

import dataclasses
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from jsonargparse import Namespace

from textgan.capabilities import as_classifier, as_conditional
from textgan.cli.flags import decoding_of
from textgan.cli.measured import MetricPrinter, chosen_groups, put_out_sentences
from textgan.data.config import DataConfig, SettledDataConfig
from textgan.errors import UserError
from textgan.settings import Decoding

if TYPE_CHECKING:
    from textgan.data.corpus import Corpus
    from textgan.evaluation.text.evaluation import TextEvaluation
    from textgan.sampling import SentenceModel

logger = logging.getLogger("textgan")

_P = TypeVar("_P")  # points of a curve


def evaluate_sentences(model: "SentenceModel", values: Namespace) -> None:
    """Evaluate as the flags of `textgan evaluate` say.

    Raises:
        UserError: flags that do not fit the model or the data.
    """
    from textgan.data.corpus import open_corpus
    from textgan.evaluation.text.groups import evaluate_text
    from textgan.evaluation.text.temperature import quality_diversity
    from textgan.sampling.ranking import check_best_of

    temperatures, guidances = _numbers(values, "temperatures"), _numbers(values, "guidances")
    if values.against is not None and not temperatures and not guidances:
        raise UserError("--against draws curves; expected --temperatures or --guidances too, such as 0,0.5,1")
    check_best_of(values.best_of, decoding_of(values).settled(model.network.sampling_temperature))
    for temperature in temperatures if model.code_dim else ():
        check_best_of(values.best_of, Decoding(temperature=temperature))
    others = _others(values)
    _check_curves(model, values, others, guidances)
    data = _reference(model, values.data)
    corpus = open_corpus(data, model.tokenizer)
    _check_labels(values, corpus)
    case = _text_evaluation(model, values, corpus, data)
    report = evaluate_text(case, chosen_groups(values), MetricPrinter("model", "real text"))
    if values.best_of > 1 and "decoding" in report.notes:
        report.notes["decoding"] += f", best of {values.best_of}"
    if values.confusion is not None:
        from textgan.evaluation.text.classification import confusion_matrix
        from textgan.pictures import confusion as draw

        draw(Path(values.confusion), confusion_matrix(case.predictions), model.labels)
    curves, transfers = {}, {}
    if temperatures:
        swept = values.n, temperatures, values.best_of
        curves = _curves(values, model, others, lambda m: quality_diversity(case, m, *swept))
    if guidances:
        transfers = _curves(values, model, others, lambda m: case.transfer.curve(m, case.code_decoding, guidances))
    title = f"{_name(values.run)}: evaluation"
    trained = _trained(model, values.run, len(corpus.train)) if values.data is None else (None, None)
    put_out_sentences(case, report, values, title, data.data, curves, transfers, _history(values.run), trained)


def _reference(model: "SentenceModel", data: str | None) -> DataConfig:
    """The data of the run, or other data, of which the model has been given no labels."""
    config = _config(model)
    if data is None:
        return config
    labels = config.labels if as_classifier(model.network) is not None else None
    return dataclasses.replace(config, data=data, labels=labels, labeled=None, labeled_fraction=None, unlabeled=None)


def _check_curves(
    model: "SentenceModel", values: Namespace, others: "dict[str, SentenceModel]", guidances: list[float]
) -> None:
    """Refuse curves that cannot be drawn, before the data is opened."""
    if guidances:
        _ = [Decoding(guidance=weight) for weight in guidances]  # refuses what is no weight
        _check_transfer({values.run: model} | others, model.labels)
    if values.confusion is not None and not model.labels:
        raise UserError(f"--confusion of {values.run}, which learned no labels; leave it out")


def _check_labels(values: Namespace, corpus: "Corpus") -> None:
    """Refuse flags that need held-out labels where there are none."""
    from textgan.data.labeled import examples

    heldout = corpus.valid if values.split == "valid" else corpus.test
    for name in ("confusion", "guidances"):
        if values[name] is not None and heldout is not None and not len(examples(heldout)):
            raise UserError(f"--{name}, and no sentence of {values.split} has a label; leave it out")


def _text_evaluation(model: "SentenceModel", values: Namespace, corpus: "Corpus", data: DataConfig) -> "TextEvaluation":
    """Samples of the model, and what they are compared with."""
    from textgan.evaluation.text.evaluation import TextEvaluation
    from textgan.evaluation.text.reference_lm import REFERENCE_LMS

    words = values.words or SettledDataConfig().vocab_size
    code_decoding = decoding_of(values)
    decoding = code_decoding.settled(model.network.sampling_temperature)
    return TextEvaluation(
        model.sample(values.n, values.seed, decoding=decoding, best_of=values.best_of),
        _in_words(corpus, data, words),
        values.split,
        words,
        values.limit,
        values.seed,
        perplexity_lm_config=REFERENCE_LMS[values.reference_lm],
        model=model,
        decoding=decoding,
        code_decoding=code_decoding,
        data=data.data,
        model_tokens=corpus,
        model_train=None if values.data is None else _model_train(model, corpus),
        path=values.path,
    )


def _in_words(corpus: "Corpus", data: DataConfig, words: int) -> "Corpus":
    """The data in words of the metrics' vocabulary, whatever that of the model."""
    from textgan.data.corpus import open_corpus
    from textgan.data.tokenizer import WordTokenizer

    if not isinstance(corpus.tokenizer, WordTokenizer):
        return corpus  # pieces of words can spell every text
    return open_corpus(dataclasses.replace(data, vocab_size=words, min_count=1))


def _others(values: Namespace) -> "dict[str, SentenceModel]":
    """The runs that the model is compared with."""
    from textgan.sampling import SentenceModel

    names = [name.strip() for name in (values.against or "").split(",") if name.strip()]
    return {name: SentenceModel.from_pretrained(name, values.device) for name in names}


def _numbers(values: Namespace, name: str) -> list[float]:
    """Numbers separated by commas; none if the flag is not given.

    Raises:
        UserError: not numbers from 0.
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
        conditional = as_conditional(model.network) is not None
        if not (conditional and set(labels) <= set(model.labels)):
            found = ", ".join(model.labels) if conditional else "none"
            wanted = ", ".join(labels) or "some"
            raise UserError(f"--guidances: {run} transfers the labels {found}; expected {wanted}, of arae_transfer")


def _curves(
    values: Namespace,
    model: "SentenceModel",
    others: "dict[str, SentenceModel]",
    points: "Callable[[SentenceModel], list[_P]]",
) -> "dict[str, list[_P]]":
    """The curve of this model, and of those that it is compared with, by the same reference models."""
    curves = {_name(values.run): points(model)}
    for run, other in others.items():
        curves[_name(run, curves)] = points(other)
    return curves


def _history(run: str) -> list[dict[str, float]]:
    """The log of the run, if there is one."""
    from textgan.training.log import log_folder, read_metrics

    folder = log_folder(Path(run))
    return [] if folder is None else read_metrics(folder)


def _trained(model: "SentenceModel", run: str, sentences: int) -> tuple[int | None, float | None]:
    """Rounds and epochs of a run; unknown of a model without its run."""
    from textgan.training.run_folder import last_checkpoint, rounds_of

    checkpoint = last_checkpoint(Path(run))
    if checkpoint is None:
        return None, None
    rounds = rounds_of(checkpoint)
    return rounds, rounds * model.config.training.batch_size / max(sentences, 1)


def _name(run: str, taken: Collection[str] = ()) -> str:
    """A run's name for a curve: that of its folder; the whole path where another has the same."""
    path = Path(run)
    name = path.parent.name if path.name == "best" and path.parent.name else path.name
    return str(path) if name in taken else name


def _model_train(model: "SentenceModel", corpus: "Corpus") -> list[str]:
    """The sentences that the model was trained on; if they are gone, those of the reference."""
    from textgan.data.corpus import open_corpus

    try:
        train = open_corpus(_config(model), model.tokenizer).train
    except UserError as error:
        logger.warning("copies are searched in the train split of --data: the training data was not found (%s)", error)
        train = corpus.train
    return [train.text(i) for i in range(len(train))]


def _config(model: "SentenceModel") -> DataConfig:
    assert isinstance(model.config.data, DataConfig)
    return model.config.data

"""`textgan evaluate`: evaluate a model."""

import logging
from typing import TYPE_CHECKING, Literal

from jsonargparse import ArgumentParser, Namespace

from textgan.cli.flags import (
    DECODING_DEFAULTS,
    add_decoding,
    add_path,
    add_run,
    decoding_of,
    open_model,
    parse,
    parser,
    refuse,
)
from textgan.cli.help import CommandParser
from textgan.cli.measured import (
    LM_FLAG,
    MetricPrinter,
    add_metrics,
    add_outputs,
    check_places,
    check_sizes,
    chosen_groups,
    put_out,
)

if TYPE_CHECKING:
    from textgan.sampling import ImageModel

logger = logging.getLogger("textgan")

_TEXT = """Evaluate a model on held-out data: reconstructions, samples, codes. 10,000 sentences take a minute; of new
data a small language model is trained last, which takes another. Images of 28 x 28 pixels take about 10 minutes of a
core at the default sizes: 6 for the critics, and 1 for a classifier, once for each data set. --metrics, --steps, -n and
--limit make it shorter."""
_METRICS = """of images: reconstruction, likelihood, codes, probe, classifier, svm, clustering, lines, samples, modes,
diversity, memorization, critic; of sentences: reconstruction, nll, likelihood, codes, statistics, perplexity, overlap,
copying, features, interpolation, robustness, grammar, classification, transfer, and lstm, which trains two language
models; separated by commas; default: all that fit the data but lstm"""
_FIRST = ("--data", "--split", "-n", "--limit", "--seed", "--metrics", "--json", "--html", "--temperature", "--device")
_OF_IMAGES = {"steps": None}
_OF_SENTENCES = (
    dict.fromkeys(("html", "words", "temperatures", "guidances", "against", "confusion", "path"))
    | {"best_of": 1}
    | DECODING_DEFAULTS
    | LM_FLAG
)


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("evaluate", _TEXT, _FIRST)
    _add_flags(flags)
    return flags


def run(arguments: list[str]) -> int:
    """Print a table of metrics, and write them as JSON."""
    values = parse(make_parser(), arguments)
    decoding_of(values)
    check_sizes(values, "n", "limit", "steps", "words")
    check_places(values, "json", "html", "confusion")
    model = open_model(values)
    from textgan.sampling import SentenceModel

    if isinstance(model, SentenceModel):
        from textgan.cli.evaluate_sentences import evaluate_sentences

        refuse(values, _OF_IMAGES, "sentences")
        evaluate_sentences(model, values)
    else:
        _of_images(model, values)
    return 0


def _add_flags(flags: ArgumentParser) -> None:
    add_run(flags)
    flags.add_argument("--data", type=str, default=None, help="data to evaluate on; default: the training data")
    flags.add_argument("--split", type=Literal["valid", "test"], default="valid", help="which held-out data")
    flags.add_argument("-n", type=int, default=10_000, help="samples to make")
    flags.add_argument("--limit", type=int, default=10_000, help="most held-out sentences, or images of each split")
    flags.add_argument("--seed", type=int, default=0, help="of the samples")
    flags.add_argument(
        "--words",
        type=int | None,
        default=None,
        help="of sentences, size of the vocabulary of all metrics; default: 11,000",
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
        help="of sentences, such as 0,0.7,1: forward and reverse perplexity at each, quality against diversity",
    )
    flags.add_argument(
        "--guidances",
        type=str | None,
        default=None,
        help="of models that transfer an attribute, such as 0,0.2,0.4: accuracy and BLEU at each",
    )
    flags.add_argument(
        "--against", type=str | None, default=None, help="other runs, separated by commas, to compare in these curves"
    )
    flags.add_argument("--confusion", type=str | None, default=None, help="PNG for the confusion matrix of the labels")
    flags.add_argument(
        "--best-of",
        type=int,
        default=1,
        help="of sentences: sample this many for each code, keep the best; for all samples and curves",
    )
    add_path(flags, "of sentences, path of interpolations")
    add_decoding(flags)


def _of_images(model: "ImageModel", values: Namespace) -> None:
    from textgan.cli.images import model_data
    from textgan.evaluation.images.critic import CriticProtocol
    from textgan.evaluation.images.evaluation import ImageEvaluation
    from textgan.evaluation.images.groups import evaluate_images

    refuse(values, _OF_SENTENCES, "images")
    steps = CriticProtocol.steps if values.steps is None else values.steps
    data = model_data(model, values.data)
    case = ImageEvaluation(model, data, values.split, values.n, values.limit, values.seed, steps)
    report = evaluate_images(case, chosen_groups(values), MetricPrinter("model", "real"))
    about = {"data": values.data or model.config.data.data, "split": values.split}
    put_out(report, values, about, model.network.findings)

"""The README.md that goes with a shared model, as the Hugging Face hub shows it; made of values, not of a model."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from textgan.config import to_dict
from textgan.recipes import Modality, RunConfig
from textgan.recipes.papers import PAPERS
from textgan.training.metric_titles import BASELINE_METRICS, duration, headline, rounded_number
from textgan.training.model_info import Measurements, ModelInfo

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

_HUB = "hf:"
_LABELS = 20  # that are listed with their shares
_ADVERSARIAL = ("arae", "arae_transfer", "acai", "aae", "daae", "ali", "alphagan", "dcgan", "wgan_gp", "age")


class CardContent(NamedTuple):
    """What a model card is made of.

    Args:
        place: by which `textgan.load` finds the model.
        config: how it was trained.
        info: what else is known of it.
        modality: what it makes.
        task: as the hub names tasks, `pipeline_tag`; None where none fits.
        abilities: what it does, a sentence.
        usage: lines of Python that use `model`.
        data_shape: what an example is, such as "sentences of at most 15 tokens, vocabulary of 884".
        sizes: of the model.
        labels: that it predicts, exchanges or is conditioned on.
        samples: of sentences ten, seed 0.
        decoding: of the samples, in words.
        findings: what the last measurement found wrong, a line each.
    """

    place: str
    config: RunConfig
    info: ModelInfo
    modality: Modality
    task: str | None
    abilities: str
    usage: tuple[str, ...]
    data_shape: str
    sizes: str
    labels: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    decoding: str = ""
    findings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the model is called."""
        return self.info.name or f"{self.config.model.upper()} trained on {self.data}"

    @property
    def data(self) -> str:
        """Name of the data, without the sign of the hub."""
        return ", ".join(part.removeprefix(_HUB) for part in self.config.data.data.split(","))


def escaped(text: str) -> str:
    """A text that Markdown and HTML show as it stands, on one line: <unk> and links are no tags and no links."""
    line = re.sub(r"([\\`*_\[\]<>|~#]|&(?=#?\w+;))", r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d*)([-+.)])", r"\1\\\2", line)  # which would begin a list


def sentence_of(parts: Sequence[str]) -> str:
    """Parts of a sentence with commas and a last "and" between them."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def model_card(content: CardContent) -> str:
    """A model card in Markdown, behind the metadata that the hub reads."""
    parts = [
        f"---\n{_metadata(content)}\n---\n\n# {escaped(content.title)}",
        _what_it_is(content),
        "## Use\n\n```python\nimport textgan\n\n" + "\n".join(_usage(content)) + "\n```",
        f"## Trained on\n\n{_trained_on(content)}",
        *_measured(content),
        *_samples(content),
        *_labels(content),
        f"## Limits\n\n{_limits(content)}",
        f"## Licence\n\n{_license(content.info)}",
        *_citation(content),
    ]
    return "\n\n".join(parts) + "\n"


def _metadata(content: CardContent) -> str:
    from huggingface_hub import ModelCardData

    paper, info = PAPERS.get(content.config.model), content.info
    tags = [content.config.model, *["gan"] * (content.config.model in _ADVERSARIAL)]
    tags += [f"arxiv:{paper.arxiv}"] if paper is not None and paper.arxiv else []
    results = _results(content)
    data = ModelCardData(
        library_name="textgan",
        license=info.license,
        language=list(info.languages) or None,
        datasets=_hub_datasets(content.config) or None,
        pipeline_tag=content.task,
        tags=tags,
        model_name=content.title if results else None,
        eval_results=results or None,
    )
    return data.to_yaml().strip()


def _hub_datasets(config: RunConfig) -> list[str]:
    """The datasets of the hub among the data."""
    values = to_dict(config.data)
    names = [name for field in ("data", "unlabeled") for name in (values.get(field) or "").split(",")]
    found = [name.removeprefix(_HUB) for name in names if name.startswith(_HUB)]
    parts = ["/".join(name.split("/")[:2]) for name in found if re.fullmatch(r"[\w.-]+(/[\w.-]+){0,2}", name)]
    return list(dict.fromkeys(part for part in parts if not part.startswith(".")))


def _results(content: CardContent) -> "list[EvalResult]":
    """The measurements as the hub's model-index has them; of what has no task none."""
    from huggingface_hub import EvalResult

    measured, datasets = content.info.measured, _hub_datasets(content.config)
    if measured is None or content.task is None:
        return []
    slug = re.sub(r"[^\w./-]+", "-", content.data).strip("-") or "data"
    return [
        EvalResult(
            task_type=content.task,
            dataset_type=datasets[0] if datasets else slug,
            dataset_name=content.data,
            dataset_split="test" if measured.split == "test" else "validation",
            metric_type=name.rpartition(".")[2],
            metric_name=title,
            metric_value=measured.metrics[name],
        )
        for name, title in headline(measured.metrics, content.modality).items()
        if name not in BASELINE_METRICS
    ]


def _what_it_is(content: CardContent) -> str:
    paper = PAPERS.get(content.config.model)
    linked = paper is not None and f"[{paper.short}](https://arxiv.org/abs/{paper.arxiv})" * bool(paper.arxiv)
    source = f" ({linked or paper.short})" if paper is not None else ""
    return (
        f"A model `{content.config.model}` of textgan{source}, trained on {escaped(content.data)}.\n{content.abilities}"
    )


def _usage(content: CardContent) -> Iterator[str]:
    yield f"model = textgan.load({json.dumps(content.place, ensure_ascii=False)})"
    yield from content.usage


def _trained_on(content: CardContent) -> str:
    info, training = content.info, content.config.training
    examples = f"{info.examples:,} " if info.examples else ""
    spoken = f" Language: {', '.join(info.languages)}." if info.languages else ""
    lines = [f"{escaped(content.data)}: {examples}{content.data_shape}.{spoken}"]
    if info.rounds:
        took = f", {duration(info.seconds)}" if info.seconds else ""
        lines.append(f"{info.rounds:,} rounds in batches of {training.batch_size:,}{took}.")
    lines.append(f"{content.sizes}. All settings are in config.json.")
    return "\n".join(lines)


def _measured(content: CardContent) -> list[str]:
    """The section of measurements, if there are any."""
    measured = content.info.measured
    rows = [] if measured is None else _rows(measured, content.modality)
    if measured is None or not rows:
        return []
    by = "on validation data in training"
    if content.info.evaluation is not None:
        by = f"by `textgan evaluate` on {'test' if measured.split == 'test' else 'validation'} data"
    real = any(cell for *_, cell in rows)
    what = "real text" if content.modality == "text" else "real images"
    table = ["| | model |" + f" {what} |" * real, "| --- | ---: |" + " ---: |" * real]
    table += [f"| {title} | {value} |" + f" {cell} |" * real for title, value, cell in rows]
    return [f"## How well it does\n\nMeasured {by}, after round {measured.round:,}.\n\n" + "\n".join(table)]


def _rows(measured: Measurements, modality: Modality) -> list[tuple[str, str, str]]:
    """Title, value and value of real data of the measurements that a person asks for."""
    metrics = measured.metrics
    real = {name.removesuffix("_real"): value for name, value in metrics.items() if name.endswith("_real")}
    real |= measured.real
    titles = headline(metrics, modality)
    cells = {name: rounded_number(value) for name, value in real.items()}
    return [(title, rounded_number(metrics[name]), cells.get(name, "")) for name, title in titles.items()]


def _samples(content: CardContent) -> list[str]:
    if not content.samples:
        return []
    listed = "\n".join(f"- {escaped(sentence)}" for sentence in content.samples)
    return [f"## Samples\n\nThe first {len(content.samples)} of seed 0, {content.decoding}.\n\n{listed}"]


def _labels(content: CardContent) -> list[str]:
    if not content.labels:
        return []
    shares = content.info.label_shares
    listed = [escaped(f"{name} ({shares[name]:.1%})" if name in shares else name) for name in content.labels[:_LABELS]]
    more = len(content.labels) - len(listed)
    rest = f", and {more:,} more in config.json" if more else ""
    what = ", with their shares of the labeled training examples" if shares else ""
    return [f"## Labels\n\n{len(content.labels)}{what}: {', '.join(listed)}{rest}."]


def _limits(content: CardContent) -> str:
    what = "sentences" if content.modality == "text" else "images"
    lines = [f"It makes {what} like those that it was trained on, their biases included."]
    if content.findings:
        lines += ["", "When it was last measured in training:", ""]
        lines += [f"- {escaped(finding)}" for finding in content.findings]
    return "\n".join(lines)


def _license(info: ModelInfo) -> str:
    if info.license is None:
        return "Not stated: ask whoever shared the model before you use it."
    return f"{info.license}, for these weights. textgan itself is Apache-2.0."


def _citation(content: CardContent) -> list[str]:
    paper = PAPERS.get(content.config.model)
    if paper is None:
        return []
    return [f"## Citation\n\n```bibtex\n{paper.bibtex}\n```"]

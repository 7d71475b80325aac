"""The README.md that goes with a shared model."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textgan.config import flatten, to_dict

if TYPE_CHECKING:
    from textgan.recipes import RunConfig
    from textgan.sampling import ImageModel, SentenceModel

_TEMPLATE = """---
library_name: textgan
tags: [text-generation, {model}, autoencoder, gan]
---

# {title}: sentences in a smooth space

Trained by textgan: an autoencoder whose codes play a GAN, so that noise decodes into
sentences and the line between two sentences is readable.

```python
import textgan

model = textgan.SentenceModel.from_pretrained("this folder or owner/name")
model.sample(10, seed=0)
model.interpolate({first!r}, {last!r}, steps=7)
{classify}```

## Samples (seed 0, {decoding}, the first ten)

{samples}

## Settings

| setting | value |
| --- | --- |
{settings}

{parameters:,} parameters stored as {dtype}, codes of {code_dim} dimensions, vocabulary of {vocab_size:,} tokens.

## Limits

It writes sentences like those it was trained on, their biases included, of at most {max_length} tokens.
{findings}"""

_IMAGE_TEMPLATE = """---
library_name: textgan
tags: [unconditional-image-generation, {model}, autoencoder, gan]
---

# {title}: images in a smooth space

```python
import textgan

model = textgan.ImageModel.from_pretrained("this folder or owner/name")
x = model.sample(10, seed=0{label})  # float32, (10, {shape}), from -1 (black) to 1 (white)
model.interpolate(x[0], x[1], steps=8{labels})
```

## Settings

| setting | value |
| --- | --- |
{settings}

{parameters:,} parameters stored as {dtype}, codes of {code_dim} dimensions.

## Limits

It makes images like those it was trained on, their biases included.
{findings}"""


def escaped(text: str) -> str:
    """A text that Markdown and HTML show as it stands, on one line: <unk> and links are no tags and no links."""
    line = re.sub(r"([\\`*_\[\]<>|~#]|&(?=#?\w+;))", r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d*)([-+.)])", r"\1\\\2", line)  # which would begin a list


def model_card(model: "SentenceModel", config: "RunConfig", dtype: str = "float32") -> str:
    """A model card in Markdown with samples and all settings."""
    samples, usual = model.sample(10, seed=0), model.game.sampling_temperature
    values = dict(flatten(to_dict(config)))
    return _TEMPLATE.format(
        model=model.config.model,
        title=model.config.model.upper(),
        first=samples[0],
        last=samples[-1],
        classify=_classify(model, samples[0]),
        samples="\n".join(f"- {escaped(s)}" for s in samples),
        settings="\n".join(f"| {k} | {escaped(str(v))} |" for k, v in values.items()),
        dtype=dtype,
        parameters=sum(p.numel() for p in model.game.parameters()),
        code_dim=model.code_dim,
        vocab_size=model.tokenizer.vocab_size,
        max_length=model.max_length,
        decoding=f"temperature {usual:g}, the model's usual" if usual else "greedy, the model's usual",
        findings=_findings(model.game.findings),
    )


def _classify(model: "SentenceModel", sentence: str) -> str:
    """The lines that tell a label, where the model learned labels of sentences."""
    if not model.labels or model.game.spec.pairs:
        return ""
    return f"model.classify([{sentence!r}])\n# one of {', '.join(map(repr, model.labels))}\n"


def _findings(lines: Sequence[str]) -> str:
    """What the last look at validation data found wrong."""
    found = "".join(f"- {escaped(line)}\n" for line in lines)
    return f"\nWhen it was last measured in training:\n\n{found}" if found else ""


def image_model_card(model: "ImageModel", config: "RunConfig", dtype: str = "float32") -> str:
    """A model card in Markdown with all settings."""
    values = dict(flatten(to_dict(config)))
    return _IMAGE_TEMPLATE.format(
        model=model.config.model,
        title=model.config.model.upper(),
        settings="\n".join(f"| {k} | {escaped(str(v))} |" for k, v in values.items()),
        dtype=dtype,
        parameters=sum(p.numel() for p in model.game.parameters()),
        code_dim=model.code_dim,
        shape=" x ".join(map(str, model.spec.shape)),
        label=", label=0" if model.game.conditional else "",
        labels=", labels=0" if model.game.conditional else "",
        findings=_findings(model.game.findings),
    )

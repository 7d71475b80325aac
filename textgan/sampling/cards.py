"""Model cards of sentences and of images: what a model does, and the lines that do it."""

from typing import TYPE_CHECKING

from textgan.capabilities import as_classifier, as_conditional, learns_labels
from textgan.recipes import RunConfig
from textgan.sampling.model_card import CardContent, model_card, sentence_of

if TYPE_CHECKING:
    from textgan.sampling import ImageModel, SentenceModel, TrainedModel


def sentence_card(model: "SentenceModel", place: str, config: RunConfig, dtype: str) -> str:
    """The card of a model of sentences; see `TrainedModel.card`."""
    samples, usual, coded = tuple(model.sample(10, seed=0)), model.game.sampling_temperature, model.code_dim > 0
    predicts, pair = learns_labels(model.game), model.game.spec.pairs
    size, said = model.tokenizer.vocab_size, [*filter(None, samples)] or ["a man sleeps ."]
    abilities = ["writes new sentences"]
    usage = ["model.sample(5, seed=0)"]
    if coded:
        abilities.append(f"encodes a sentence as a point of a space of {model.code_dim} dimensions")
        abilities.append("writes what lies between two sentences")
        usage.append(f"model.interpolate({said[0]!r}, {said[-1]!r}, steps=7)")
    if as_conditional(model.game) is not None and model.labels:
        abilities.append("gives a sentence another label")
        usage.append(f"model.transfer([{said[0]!r}], to={model.labels[0]!r})")
    if predicts:
        abilities.append(f"predicts the label of a {'pair of sentences' if pair else 'sentence'}")
        example = repr((said[0], said[-1])) if pair else repr(said[0])
        usage.append(f"model.classify([{example}])")
    content = CardContent(
        place,
        config,
        model.info,
        "text",
        "text-classification" if predicts else "text-generation",
        f"It {sentence_of(abilities)}.",
        tuple(usage),
        f"sentences of at most {model.max_length} tokens, vocabulary of {size:,}",
        _size(model, dtype),
        model.labels,
        samples,
        f"at temperature {usual:g}, the model's usual" if usual else "greedy, the model's usual",
        model.game.findings,
    )
    return model_card(content)


def image_card(model: "ImageModel", place: str, config: RunConfig, dtype: str) -> str:
    """The card of a model of images; see `TrainedModel.card`."""
    game, shape = model.game, " x ".join(map(str, model.spec.shape))
    what, label = "images" if model.spec.is_image else "points", ", label=0"
    pixels = ", from -1 (black) to 1 (white)" if model.spec.is_image else ""
    conditional, classifies = as_conditional(game) is not None, as_classifier(game) is not None
    usage = [f"x = model.sample(2, seed=0{label * conditional})  # float32, {(2, *model.spec.shape)}{pixels}"]
    usage.append(f"model.interpolate(x[0], x[1], steps=8{', labels=0' * conditional})")
    usage += ["model.classify(x).argmax(1)"] * classifies
    abilities = [f"{'draws' if model.spec.is_image else 'makes'} new {what}{' of a class' * conditional}"]
    abilities += [f"encodes {what} as points of a space of {model.code_dim} dimensions", "decodes what lies between"]
    abilities += ["predicts their class"] * classifies
    unconditional = model.spec.is_image and not conditional
    content = CardContent(
        place,
        config,
        model.info,
        "images",
        "unconditional-image-generation" if unconditional else None,
        f"It {sentence_of(abilities)}.",
        tuple(usage),
        f"{what} of {shape}{', binarized' * model.spec.binary}",
        _size(model, dtype),
        tuple(map(str, range(model.spec.classes))) if conditional or classifies else (),
        findings=game.findings,
    )
    return model_card(content)


def _size(model: "TrainedModel", dtype: str) -> str:
    """How large a model is, in words."""
    parameters = sum(p.numel() for p in model.game.parameters())
    codes = f", codes of {model.code_dim} dimensions" if model.code_dim else ""
    return f"{parameters:,} parameters stored as {dtype}{codes}"

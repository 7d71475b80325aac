"""The tab Images: samples in a grid, rows from one image to another, and what a model makes of a digit of one's own."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from textgan.capabilities import as_conditional
from textgan.data.config import ImageConfig
from textgan.data.images import open_images
from textgan.errors import UserError
from textgan.evaluation.images.validation import Ends, encodable_images, image_pairs
from textgan.pictures import Picture, Pixels, grid, interpolation_rows, read_image
from textgan.sampling import ImageModel
from textgan.studio.marks import note, picture_html
from textgan.studio.studio import StudioContext, Tab, typed_seed

MOST_IMAGES, MOST_ROWS, MOST_IMAGE_STEPS = 144, 12, 16
"""Of a grid; of interpolations; and of each."""

SKETCH_SIZE = 56
"""Pixels of a side of what the page sends of a drawing."""

_OF_DATA = 64  # real images that a page reads at most
_MARGIN = 1 / 7  # of a side: MNIST has digits of 20 pixels in images of 28
_ANY = "(any)"


class Reconstructed(NamedTuple):
    """An image and what the model makes of it, both (C, H, W)."""

    x: Pixels
    x_hat: Pixels


def grid_html(studio: StudioContext, n: int, seed: int, label: int | None = None) -> str:
    """n samples as a picture.

    Raises:
        UserError: too many, or a label that the model does not know.
    """
    if not 1 <= n <= MOST_IMAGES:
        raise UserError(f"{n} images; expected 1 to {MOST_IMAGES}")
    model = of_images(studio)
    return picture_html(png_of(grid(model.sample(n, seed, label))), f"{n} samples, seed {seed}")


def rows_html(studio: StudioContext, count: int, steps: int, seed: int) -> str:
    """Rows from one image to another as a picture: of real images where they are here, else of samples.

    Raises:
        UserError: too many.
    """
    if not (1 <= count <= MOST_ROWS and 2 <= steps <= MOST_IMAGE_STEPS):
        raise UserError(f"{count} rows of {steps} images; expected at most {MOST_ROWS} of 2 to {MOST_IMAGE_STEPS}")
    model, real = of_images(studio), heldout_ends(studio)
    if real is not None:
        order = np.random.default_rng(seed).permutation(len(real.x))
        pairs = image_pairs(real.x[order], real.labels[order], count)
        ends = [model.encode(*part) for part in pairs]
        says = "each row from the code of one real image to that of another"
    else:
        codes = model.prior_codes(2 * count, seed)
        ends, says = [codes[:count], codes[count:]], "each row from one sample to another"
    ways = [model.between(a, b, steps) for a, b in zip(*ends, strict=True)]
    if not ways:
        raise UserError("one image here; expected two or more")
    decoded = model.decode(np.concatenate(ways)).reshape(-1, steps, *model.spec.shape)
    return picture_html(png_of(interpolation_rows(decoded)), says)


def heldout_ends(studio: StudioContext) -> Ends | None:
    """Some held-out images of the model's data; None where they are not here."""

    def read() -> Ends | None:
        model = of_images(studio)
        config = model.config.data
        assert isinstance(config, ImageConfig)
        if config.data.startswith("hf:"):
            return None
        try:
            images = open_images(config)
            return Ends(*encodable_images(model, images.valid, _OF_DATA)) if images.spec == model.spec else None
        except UserError:
            return None

    found: Ends | None = studio.once(("heldout ends",), read)
    return found


def uploaded(studio: StudioContext, path: str | None) -> Pixels:
    """A picture of the user's, as the model reads pictures: (C, H, W).

    Raises:
        UserError: there is none, or it is no picture.
    """
    if not path:
        raise UserError("no picture; expected one to upload, or a drawing")
    try:
        return read_image(Path(path), of_images(studio).spec.shape)
    except UserError as error:
        raise UserError(str(error).replace(path, "the picture")) from error


def sketched(studio: StudioContext, values: Sequence[float]) -> Pixels:
    """A drawing, cut out, centered and scaled as MNIST's digits are, in the model's size and colors: (C, H, W).

    Args:
        studio: of the model.
        values: ink from 0 to 1, row by row, SKETCH_SIZE squared.

    Raises:
        UserError: nothing is drawn, or it is no drawing.
    """
    ink = np.asarray(values, np.float32)
    if ink.shape != (SKETCH_SIZE**2,) or not np.isfinite(ink).all():
        raise UserError("this is no drawing; expected one of the page")
    ink = ink.reshape(SKETCH_SIZE, SKETCH_SIZE).clip(0, 1)
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > 0.1) for axis in (1, 0))
    if not len(rows):
        raise UserError("nothing is drawn; expected a digit")
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    channels, height, width = of_images(studio).spec.shape
    return np.repeat(_framed(cut, height, width)[None] * 2 - 1, channels, axis=0)


def reconstruct_one(studio: StudioContext, x: Pixels, label: int | None = None) -> Reconstructed:
    """What a model makes of an image (C, H, W).

    Raises:
        UserError: the model is conditional, and no label is given.
    """
    model = of_images(studio)
    if as_conditional(model.network) is not None and label is None:
        raise UserError("this model encodes an image with its class; choose a label first")
    discrete = model.discrete(x[None])
    return Reconstructed(discrete[0], model.reconstruct(discrete, label)[0])


def reconstructed_html(found: Reconstructed) -> str:
    """Both images side by side, and how far they are apart."""
    error = 127.5 * float(np.abs(found.x - found.x_hat).mean())
    parts = [
        picture_html(png_of(grid(x[None])), says)
        for x, says in ((found.x, "what the model sees"), (found.x_hat, "what it makes of it"))
    ]
    return (
        f'<div class="tg-pair">{"".join(parts)}</div>'
        f'<p class="tg-aside">On average a pixel differs by {error:.0f} of 255 grey levels.</p>'
    )


def png_of(picture: Picture) -> bytes:
    """A picture as the bytes of a PNG."""
    import PIL.Image

    written = io.BytesIO()
    PIL.Image.fromarray(picture).save(written, format="PNG")
    return written.getvalue()


def of_images(studio: StudioContext) -> ImageModel:
    """The model, of images.

    Raises:
        UserError: it is none.
    """
    if not isinstance(studio.model, ImageModel):
        raise UserError(f"{studio.name} is no model of images")
    return studio.model


def _framed(ink: np.ndarray, height: int, width: int) -> np.ndarray:
    """A drawing scaled into the middle of an image, its center of mass in the center: (height, width)."""
    import PIL.Image

    inner = max(1, round((1 - 2 * _MARGIN) * min(height, width)))
    factor = inner / max(ink.shape)
    size = max(1, round(ink.shape[1] * factor)), max(1, round(ink.shape[0] * factor))
    small = np.asarray(PIL.Image.fromarray(ink).resize(size, PIL.Image.Resampling.BOX), np.float32)
    mass = max(float(small.sum()), 1e-6)
    center = [float((small.sum(axis=1 - axis) * np.arange(small.shape[axis])).sum()) / mass for axis in (0, 1)]
    framed = np.zeros((height, width), np.float32)
    starts = [
        int(np.clip(round(whole / 2 - 0.5 - at), 0, whole - part))
        for whole, at, part in zip((height, width), center, small.shape, strict=True)
    ]
    framed[starts[0] : starts[0] + small.shape[0], starts[1] : starts[1] + small.shape[1]] = small
    return framed


def _label(value: str | None) -> int | None:
    return None if value in (None, _ANY) else int(str(value))


def _build(studio: StudioContext) -> None:
    import gradio as gr

    from textgan.studio.page import answer, introduce

    model = of_images(studio)
    conditional = as_conditional(model.network) is not None
    labels = [_ANY, *map(str, range(model.spec.classes))]
    introduce("What the model draws, what lies between two images, and what it makes of one of yours.")

    def draw(n: float, seed: float, label: str | None) -> str:
        return grid_html(studio, int(n), typed_seed(seed), _label(label))

    def walk(rows: float, steps: float, seed: float) -> str:
        return rows_html(studio, int(rows), int(steps), typed_seed(seed))

    def rebuild(path: str | None, label: str | None) -> str:
        if not path:
            return note("Draw a digit, or choose a picture.")
        return reconstructed_html(reconstruct_one(studio, uploaded(studio, path), _label(label)))

    def rebuild_sketch(label: str | None, event: gr.EventData) -> str:
        return reconstructed_html(reconstruct_one(studio, sketched(studio, event.ink), _label(label)))

    with gr.Row(elem_classes="tg-split"):
        with gr.Column(scale=1, min_width=280):
            n = gr.Slider(1, MOST_IMAGES, 64, step=1, label="Images", elem_id="images-n")
            label = gr.Dropdown(labels, value=_ANY, label="Label", visible=conditional, elem_id="images-label")
            seed = gr.Number(studio.seed, label="Seed", precision=0, minimum=0, elem_id="images-seed")
            more = gr.Button("Others", min_width=80, elem_id="images-more")
            rows = gr.Slider(1, MOST_ROWS, 6, step=1, label="Rows from one image to another")
            steps = gr.Slider(2, MOST_IMAGE_STEPS, 10, step=1, label="Steps of a row")
        with gr.Column(scale=2, min_width=300):
            samples = gr.HTML(elem_id="images", padding=False)
            between = gr.HTML(elem_id="images-rows", padding=False)
    gr.HTML('<h3 class="tg-sub">One of yours</h3>', padding=False)
    with gr.Row(elem_classes="tg-split"):
        with gr.Column(scale=1, min_width=280):
            sketch = gr.HTML(
                _SKETCH, elem_id="sketch", js_on_load="element.tgTrigger = (ink) => trigger('click', { ink });",
                padding=False,
            )  # fmt: skip
            file = gr.Image(
                type="filepath", sources=["upload"], label="Or a picture", height=160, elem_id="images-file"
            )
        with gr.Column(scale=2, min_width=300):
            out = gr.HTML(note("Draw a digit, or choose a picture."), elem_id="images-out", padding=False)
    for event in (n.release, seed.submit, label.change):
        answer(studio, event, draw, [n, seed, label], samples)
    next_seed = answer(studio, more.click, lambda value: typed_seed(value) + 1, [seed], seed)
    answer(studio, next_seed.success, draw, [n, seed, label], samples)
    answer(studio, next_seed.success, walk, [rows, steps, seed], between)
    for event in (rows.release, steps.release, seed.submit):
        answer(studio, event, walk, [rows, steps, seed], between)
    answer(studio, file.change, rebuild, [file, label], out)
    answer(studio, sketch.click, rebuild_sketch, [label], out)
    studio.when_opened.append((draw, [n, seed, label], samples))
    studio.when_opened.append((walk, [rows, steps, seed], between))


_SKETCH = (
    '<div class="tg-sketch"><canvas width="280" height="280" role="img" '
    'aria-label="Draw a digit here with the pointer; by keyboard, choose a picture below"></canvas>'
    '<p class="tg-tools"><button type="button" data-clear>Clear</button></p></div>'
)


def _refusal(studio: StudioContext) -> str:
    if not isinstance(studio.model, ImageModel):
        return "needs a model of images"
    return "" if studio.model.spec.is_image else "the model is of points"


IMAGES_TAB = Tab("Images", _build, _refusal)

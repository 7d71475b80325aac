"""Pictures: images and points as files, figures that explain a model, and pictures as inputs of a model.

The only room that draws. Nothing here knows a model: what is drawn comes as arrays, numbers and sentences.
"""

from textgan.image_files import Picture
from textgan.pictures.grids import grid, interpolation_rows, reconstruction_rows, save_png
from textgan.pictures.reading import Pixels, in_range, read_array, read_image, read_labels
from textgan.pictures.scatter import confusion, scatter

__all__ = [
    "Picture",
    "Pixels",
    "confusion",
    "grid",
    "in_range",
    "interpolation_rows",
    "read_array",
    "read_image",
    "read_labels",
    "reconstruction_rows",
    "save_png",
    "scatter",
]

"""Images: where they come from, what is made of them, and batches of them."""

from textgan.data.images.opening import ImageData, open_images
from textgan.data.images.sets import ImageSet
from textgan.data.images.stream import ImageStream

__all__ = ["ImageData", "ImageSet", "ImageStream", "open_images"]

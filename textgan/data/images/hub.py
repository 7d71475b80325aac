"""Images of Hugging Face datasets: `hf:OWNER/NAME`, `hf:OWNER/NAME/CONFIG`, or `hf:` and a local folder."""

from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from textgan.data.config import ImageConfig
from textgan.data.hub import explain, parse_name
from textgan.data.images.decode import SplitFiles, decode_files
from textgan.data.images.pictures import label_names, label_notes
from textgan.data.images.source import ImageSource
from textgan.data.labels import label_of
from textgan.data.shuffle import Indices
from textgan.data.split_names import splits_among
from textgan.errors import UserError
from textgan.shown import File

IMAGE_COLUMNS = ("image", "img")
IMAGE_LABEL_COLUMNS = ("label", "fine_label")

_BATCH = 256  # rows taken at once: one by one the library is ten times as slow


def read_dataset(config: ImageConfig) -> ImageSource:
    """A dataset with a column of images, decoded once.

    Class labels keep their numbers; other labels are numbered by name.

    Raises:
        UserError: there is no such dataset, connection, train split or fitting column, or see `decode.decode_files`.
    """
    import datasets

    try:
        builder = datasets.load_dataset_builder(*parse_name(config.data))
        builder.download_and_prepare()
        tables = builder.as_dataset()
    except Exception as error:  # the library raises a dozen unrelated types for "not found" and "no connection"
        raise UserError(explain(config.data, error)) from error
    tables = {str(name): rows for name, rows in tables.items()}
    chosen = splits_among(tables, config.data)
    if "train" not in chosen:
        raise UserError(f"{config.data} has the splits {', '.join(tables)}; expected train, and valid and test if any")
    image, label = _columns(config, tables[chosen["train"]].features)
    labels, names = _labels({split: tables[name] for split, name in chosen.items()}, label, config.data)
    splits = {
        split: SplitFiles(labels[split], partial(_files, tables[name], image, f"{config.data} {name}"))
        for split, name in chosen.items()
    }
    version = (builder.dataset_name, builder.config_id, str(builder.config.version), builder.hash)
    source = decode_files(config.data, (version, chosen, image), splits, config.image_size)
    unread = [name for name in tables if name not in chosen.values()]
    notes = (f"not read: the split {', '.join(unread)}",) if unread else ()
    return source._replace(notes=(*label_notes(names), *notes, *source.notes))


def _columns(config: ImageConfig, features: Any) -> tuple[str, str | None]:
    """Names of the columns of images and of labels."""
    import datasets

    found = ", ".join(features)
    image = config.image_column or next((name for name in IMAGE_COLUMNS if name in features), None)
    label = config.image_label_column or next((name for name in IMAGE_LABEL_COLUMNS if name in features), None)
    for name in (image, label):
        if name is not None and name not in features:
            raise UserError(f"{config.data}: no column {name!r}; the columns are {found}")
    if image is None or not isinstance(features[image], datasets.Image):
        what = "no column of images" if image is None else f"column {image!r} holds no images"
        raise UserError(f"{config.data}: {what}; the columns are {found}; set image_column to the one with images")
    return image, label


def _labels(tables: dict[str, Any], column: str | None, where: str) -> tuple[dict[str, Indices], list[str]]:
    """Labels of each split, and their names if these are known."""
    import datasets

    if column is None:
        return {split: np.full(len(rows), -1, dtype=np.int64) for split, rows in tables.items()}, []
    values = {split: list(rows[column]) for split, rows in tables.items()}
    different = {value for part in values.values() for value in part}
    feature = tables["train"].features[column]
    classes = list(feature.names) if isinstance(feature, datasets.ClassLabel) else []
    meant = {value: label_of(value, f"{where}: {column!r}") for value in different}
    names = label_names(set(meant.values()))
    numbers = all(name.isdecimal() for name in names) and not any(isinstance(value, str) for value in different)
    ids = {name: int(name) if numbers else i for i, name in enumerate(names)}
    if any(isinstance(value, int) and value < -1 for value in different):
        raise UserError(f"{where}: {column!r} has {min(different)}; expected names, or integers from 0")
    return {
        split: np.array([ids.get(meant[value] or "", -1) for value in part], dtype=np.int64)
        for split, part in values.items()
    }, classes or ([] if numbers else names)


def _files(rows: Any, column: str, where: str) -> Iterator[File]:
    import datasets

    number = 0
    for batch in rows.select_columns([column]).cast_column(column, datasets.Image(decode=False)).iter(_BATCH):
        for value in batch[column]:
            number += 1
            if value is None:
                raise UserError(f"{where} row {number}: no image; expected one in every row; remove the row")
            content = Path(value["path"]) if value["bytes"] is None else BytesIO(value["bytes"])
            yield File(content, f"{where} row {number}")

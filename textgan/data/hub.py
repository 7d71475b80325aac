"""Hugging Face datasets through the `datasets` library: `hf:NAME`, `hf:NAME/CONFIG`, or `hf:` and a local folder."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textgan.data.blocks import Split
from textgan.data.config import DataConfig
from textgan.data.records import Columns, Record, choose_columns, make_record, without_empty
from textgan.errors import UserError
from textgan.files import why_not_there

HUB_PREFIX = "hf:"


_BATCH = 1000  # rows taken at once: one by one the library is ten times as slow


def open_dataset(config: DataConfig) -> tuple[dict[str, Split], str]:
    """Splits of a dataset under its own names, and a hash that changes with its revision.

    A name is OWNER/NAME, with a configuration as its third part: hf:stanfordnlp/snli, hf:nyu-mll/glue/sst2. An existing
    local folder is read as `datasets.load_dataset(FOLDER)` does. Class labels are read as their names, and the class -1
    as no label.

    Args:
        config: `streaming` reads over the network, row by row, and stores nothing.

    Raises:
        UserError: there is no such dataset, no connection, or no fitting column.
    """
    import datasets

    path, name = parse_name(config.data)
    try:
        builder = datasets.load_dataset_builder(path, name)
        if config.streaming:
            splits = builder.as_streaming_dataset()
        else:
            builder.download_and_prepare()
            splits = builder.as_dataset()
    except Exception as error:  # the library raises a dozen unrelated types for "not found" and "no connection"
        raise UserError(explain(config.data, error)) from error
    content = repr((builder.dataset_name, builder.config_id, str(builder.config.version), builder.hash))
    fingerprint = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
    return {str(key): _split(rows, config, str(key)) for key, rows in splits.items()}, fingerprint


def parse_name(data: str) -> tuple[str, str | None]:
    """hf:OWNER/NAME[/CONFIG] as path and configuration."""
    path = data.removeprefix(HUB_PREFIX)
    if path.startswith(("/", ".")) or why_not_there(Path(path), None) is None or path.count("/") < 2:
        return path, None
    owner, name, configuration = path.split("/", 2)
    return f"{owner}/{name}", configuration


def explain(data: str, error: Exception) -> str:
    """What the library said, and what to do, in a line."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return (
        f"{data} cannot be opened ({reason[:300]}); expected {HUB_PREFIX}OWNER/NAME, {HUB_PREFIX}OWNER/NAME/CONFIG or "
        f"{HUB_PREFIX}FOLDER with data files; check the name and the network, or give a folder with files"
    )


def _split(rows: Any, config: DataConfig, name: str) -> Split:
    """Records of a split, a `datasets.Dataset` or `datasets.IterableDataset`."""
    where = f"{config.data} {name}"

    def records() -> Iterator[Record]:
        features: dict[str, Any] = rows.features or next(iter(rows), {})
        columns = choose_columns(list(features), config, where)
        names = [*columns.texts, *([] if columns.label is None else [columns.label])]
        labels = _label_names(features, columns)
        number = 0
        for batch in _batches(rows.select_columns(names), config.data):
            for values in zip(*(batch[column] for column in names), strict=True):
                number += 1
                row = dict(zip(names, values, strict=True))
                if labels is not None and columns.label is not None:
                    row[columns.label] = labels.get(row[columns.label])
                yield make_record(row, columns, f"{where} row {number}")

    return Split.of_records(lambda tally: without_empty(records(), tally))


def _batches(rows: Any, data: str) -> Iterator[dict[str, list[Any]]]:
    try:
        yield from rows.iter(_BATCH)
    except OSError as error:  # the network, when streaming
        raise UserError(explain(data, error)) from error


def _label_names(features: dict[str, Any], columns: Columns) -> dict[int, str] | None:
    """Names of the classes by id, None if the labels are no classes."""
    import datasets

    feature = features.get(columns.label) if columns.label is not None else None
    return dict(enumerate(feature.names)) if isinstance(feature, datasets.ClassLabel) else None

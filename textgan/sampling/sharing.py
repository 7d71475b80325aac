"""A model as a folder that others load, and such a folder to the Hugging Face hub."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from textgan.data.cache import cache_folder
from textgan.data.config import DataConfig
from textgan.errors import UserError, reason_of
from textgan.files import new_folder
from textgan.recipes import RunConfig
from textgan.training.checkpoint import Saved, read_model, write_model

if TYPE_CHECKING:
    from textgan.sampling.base import TrainedModel


def write_folder(cls: "type[TrainedModel]", saved: Saved, folder: Path, place: str | None, dtype: str) -> None:
    """Write a saved model with its card to a new folder.

    Args:
        cls: class of the model.
        saved: the model.
        folder: new, or empty.
        place: by which the card says that the model is loaded; None: the name of the folder.
        dtype: how weights are stored.

    Raises:
        UserError: see `TrainedModel.save_pretrained`.
    """
    config = without_folders(saved.config)
    with new_folder(folder) as aside:
        write_model(aside, saved.game, saved.tokenizer, config, dtype=dtype, info=saved.info)
        # The card shows what those write who load it.
        stored = cls.of(read_model(aside))
        place = folder.resolve().name if place is None else place
        (aside / "README.md").write_text(stored.card(place, config, dtype), encoding="utf-8", errors="replace")


def without_folders(config: RunConfig) -> RunConfig:
    """The settings without the folders that lead to the data, which are nobody's business."""
    data = dataclasses.replace(config.data, data=_names(config.data.data))
    if isinstance(data, DataConfig) and data.unlabeled is not None:
        data = dataclasses.replace(data, unlabeled=_names(data.unlabeled))
    return dataclasses.replace(config, data=data)


def _names(places: str) -> str:
    """The last names of paths, with commas between them; what the hub holds is no path."""
    memory, parts = cache_folder() / "memory", (part.strip() for part in places.split(","))
    named = ("in memory" if memory in Path(part).parents else part for part in parts)
    return ",".join(part if part.startswith("hf:") else Path(part).name or "data" for part in named)


def check_repository(repo: str) -> None:
    """Refuse what names no repository of the hub.

    Raises:
        UserError: it is not owner/name.
    """
    from huggingface_hub.utils import HFValidationError, validate_repo_id

    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise UserError(f"{repo!r} is no name of a repository ({reason_of(error)}); expected owner/name") from error
    if repo.count("/") != 1:
        raise UserError(f"{repo!r} is no name of a repository; expected owner/name")


def upload(folder: Path, repo: str, private: bool | None, token: str | None, message: str) -> str:
    """Make the files of a folder the newest commit of a repository, which is made if it is not there.

    Args:
        folder: what to upload.
        repo: owner/name.
        private: whether a new repository is private; None: as its owner's settings say.
        token: of a user who may write there; None: the one that is stored on this machine.
        message: of the commit.

    Returns:
        Address of the repository.

    Raises:
        UserError: no token, one that may not write there, no network, or a card that the hub refuses.
    """
    from huggingface_hub import HfApi

    try:
        api = HfApi(token=token)
        address = api.create_repo(repo, private=private, exist_ok=True)
        api.upload_folder(repo_id=repo, folder_path=folder, commit_message=message)
    except Exception as error:  # the hub's client raises its own, its transport's and the system's errors
        raise UserError(f"{repo} was not uploaded ({reason_of(error)}); {_advice(error)}") from error
    return str(address)


def _advice(error: Exception) -> str:
    """What to do about an error of the hub's client."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401:
        return "expected the token of a user: run `hf auth login`, set HF_TOKEN, or pass token="
    if status in (403, 404, 409):
        return "expected a repository that the token's owner may write to: choose another name, or another token"
    if status is None and not isinstance(error, ValueError):  # which the client raises of a card that is refused
        return "expected a connection to the Hugging Face hub: check the network and HF_HUB_OFFLINE"
    return "expected files that the hub accepts"

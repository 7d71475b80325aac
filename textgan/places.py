"""From the name of a model to the folder that holds it: the only place where such names are understood."""

import logging
import os
from pathlib import Path

from textgan import box
from textgan.errors import UserError, did_you_mean, reason_of
from textgan.files import did_you_mean_beside, expanded, problem_of
from textgan.training.run_folder import last_checkpoint

logger = logging.getLogger("textgan")


def find_model(name: str | Path, revision: str | None = None) -> Path:
    """The folder of the model of that name.

    Args:
        name: `box:NAME` is a model that comes with textgan. Else, the first of: a folder that holds a model or a run
            with a checkpoint; NAME in the box (a `Path`, or a name with a slash such as ./scenes, is not looked for
            there); owner/name on the Hugging Face hub (a `Path`, a name that begins as one of this machine does, or
            whose folder owner is here, is not looked for there). So what is added to the box never takes the place of a
            folder of one's own; where both are there, which one is used is said.
        revision: of a model on the hub.

    Raises:
        UserError: there is none, or a revision of what has none.
    """
    place = _here(name)
    if place is None:
        return _on_the_hub(name, revision)
    if revision is not None:
        raise UserError(f"revision is {revision!r}, but {name} is not on the Hugging Face hub; leave revision out")
    return place


def _here(name: str | Path) -> Path | None:
    """The folder of a model that is on this machine; None: it is none of a folder's name or the box's."""
    text, folder = str(name), expanded(name)
    if text.startswith(box.BOX_PREFIX):
        return box.folder_of(text.removeprefix(box.BOX_PREFIX))
    boxed = isinstance(name, str) and name in box.names()
    why = problem_of(folder, None)
    if why not in (None, "not found"):
        raise UserError(f"{folder} {why}; expected a run folder or a saved model")
    if why:
        return box.folder_of(text) if boxed else None
    place = folder if os.path.lexists(folder / "config.json") else last_checkpoint(folder)
    if place is None and not boxed:
        raise UserError(f"{folder} holds no model yet; expected a run with a checkpoint, or a saved model")
    if place is None:
        logger.info("./%s holds no model: %s is the one that comes with textgan", name, name)
        return box.folder_of(text)
    if boxed:
        logger.info("%s is ./%s here; %s%s is the model that comes with textgan", name, name, box.BOX_PREFIX, name)
    return place


def _may_be_on_the_hub(name: str | Path) -> bool:
    """Whether a name that nothing here has is owner/name, and not the mistyped path of something here."""
    owner, *rest = str(name).split("/")
    looks_local = isinstance(name, Path) or owner in ("", ".", "..", "runs") or owner.startswith("~")
    return len(rest) == 1 and bool(rest[0]) and not looks_local and problem_of(Path(owner), None) == "not found"


def _near(name: str | Path) -> str:
    """A question after the run, the model of the box or the folder that a name is near to."""
    if len(Path(name).parts) == 1 and problem_of(Path("runs", name), True) is None:
        return f" (did you mean {Path('runs', name)}?)"
    return did_you_mean(str(name), box.names()) or did_you_mean_beside(expanded(name))


def _on_the_hub(name: str | Path, revision: str | None) -> Path:
    if not _may_be_on_the_hub(name):
        raise UserError(
            f"{name} not found{_near(name)}; expected a run folder, a saved model, a model that comes with textgan "
            f"({box.listed()}), or owner/name on the Hugging Face hub"
        )
    import huggingface_hub

    try:
        return Path(huggingface_hub.snapshot_download(str(name), revision=revision))
    except Exception as error:  # the hub's client raises its own, its transport's and the system's errors
        raise UserError(
            f"{name} is no folder here, and the Hugging Face hub did not give it ({reason_of(error)})"
        ) from error

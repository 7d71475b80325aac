"""Weights on disk, in full or compact.

    float32   every tensor as it is in memory
    float16   every floating-point tensor in half precision
    int8      every matrix W as whole numbers Q from -127 to 127 and, as NAME.scale, a float32 scale s for each of its
              rows (slices of its first dimension): W = s * Q, s = max |W| / 127 of the row; all other tensors as in
              float32, for they are few

The file's metadata say which (`dtype`; absent: float32), and every tensor is checked against it. Models compute in
float32 whatever was stored: reading is one exact conversion or one multiplication, the same on every machine.
"""

from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from textgan.errors import UserError, reason_of

DTYPES = ("float32", "float16", "int8")
"""How weights may be stored."""

_SCALE = ".scale"
_LARGEST = 127


def write_weights(path: Path, model: nn.Module, dtype: str = "float32") -> None:
    """Write a model's parameters and buffers as safetensors.

    Raises:
        UserError: no such dtype, or a weight that it cannot hold.
    """
    if dtype not in DTYPES:
        raise UserError(f"dtype is {dtype!r}; expected one of {', '.join(DTYPES)}")
    path.touch()
    mode = path.stat().st_mode  # by the process's umask; safetensors would let nobody but the owner read
    if dtype == "float32":
        safetensors.torch.save_model(model, str(path), metadata={"format": "pt"})
    else:
        tensors: dict[str, Tensor] = {}
        for name, value in model.state_dict().items():
            tensors |= _compact(name, value.detach().cpu(), dtype)
        # One entry alone: of several the order changes from file to file.
        safetensors.torch.save_file(tensors, path, metadata={"dtype": dtype})
    path.chmod(mode)


def read_weights(path: Path, model: nn.Module) -> None:
    """Load what `write_weights` wrote.

    Raises:
        UserError: a damaged file, or one that does not hold exactly the weights of this model.
    """
    try:
        dtype = dtype_of(path)
        if dtype == "float32":
            safetensors.torch.load_model(model, path)
        else:
            stored = safetensors.torch.load_file(path)
            model.load_state_dict(_restored(stored, model.state_dict(), dtype))
    except (OSError, RuntimeError, ValueError, safetensors.SafetensorError) as error:
        where = path.with_name("config.json")
        raise UserError(f"{path} does not load ({reason_of(error)}); expected the weights of {where}") from error


def dtype_of(path: Path) -> str:
    """How the weights of a file are stored.

    Raises:
        ValueError: in a way that this version does not know.
    """
    with safetensors.safe_open(path, framework="pt") as file:
        dtype = (file.metadata() or {}).get("dtype", "float32")
    if dtype not in DTYPES:
        raise ValueError(f"its weights are stored as {dtype!r}, not as one of {', '.join(DTYPES)}")
    return str(dtype)


def _compact(name: str, value: Tensor, dtype: str) -> dict[str, Tensor]:
    """One tensor as it is stored, under its name, with the scales of its rows if it has such."""
    if not value.is_floating_point():
        return {name: value.clone()}
    if dtype == "float16":
        half = value.half()
        if not half.isfinite().all():
            raise UserError(f"{name} holds {value.abs().max():g}, more than float16 can; expected int8 or float32")
        return {name: half.contiguous()}
    if not _has_rows(value):
        return {name: value.clone()}
    rows = value.float().flatten(1)
    scale = rows.abs().amax(1) / _LARGEST
    if not scale.isfinite().all():
        raise UserError(f"{name} holds weights that are not finite; expected numbers")
    whole = (rows / scale.clamp_min(torch.finfo(torch.float32).tiny)[:, None]).round().clamp(-_LARGEST, _LARGEST)
    return {name: whole.to(torch.int8).view(value.shape), name + _SCALE: scale}


def _has_rows(value: Tensor) -> bool:
    """Whether a tensor is worth scales; a language model's maps of codes have no columns."""
    return value.ndim >= 2 and value.numel() > 0


def _restored(stored: Mapping[str, Tensor], own: Mapping[str, Tensor], dtype: str) -> dict[str, Tensor]:
    """Tensors of a compact file in the model's dtypes.

    Args:
        stored: the file's tensors.
        own: the model's, whose names, shapes and dtypes are expected.
        dtype: float16 or int8.

    Raises:
        ValueError: names the first that is not as expected.
    """
    rest, found = dict(stored), dict[str, Tensor]()
    for name, value in own.items():
        if dtype == "int8" and value.is_floating_point() and _has_rows(value):
            whole = _taken(rest, name, torch.int8, value.shape)
            scale = _taken(rest, name + _SCALE, torch.float32, value.shape[:1])
            if not (scale.isfinite() & (scale >= 0)).all():
                raise ValueError(f"{name + _SCALE} holds what is no scale")
            found[name] = whole.to(value.dtype) * scale.view(-1, *[1] * (value.ndim - 1))
        else:
            half = dtype == "float16" and value.is_floating_point()
            found[name] = _taken(rest, name, torch.float16 if half else value.dtype, value.shape).to(value.dtype)
            if not found[name].isfinite().all():
                raise ValueError(f"{name} holds values that are not finite")
    if rest:
        raise ValueError(f"{next(iter(rest))} is no weight of this model")
    return found


def _taken(rest: dict[str, Tensor], name: str, dtype: torch.dtype, shape: torch.Size) -> Tensor:
    """The tensor of that name, which is then not among the rest any more."""
    if name not in rest:
        raise ValueError(f"{name} is missing")
    value = rest.pop(name)
    if (value.dtype, value.shape) != (dtype, shape):
        raise ValueError(f"{name} is {value.dtype} {tuple(value.shape)}, not {dtype} {tuple(shape)}")
    return value

"""Weights on disk, in full or compact.

    float32   every tensor as it is in memory
    float16   every floating-point tensor in half precision
    int8      every matrix W as whole numbers Q from -127 to 127 and, as NAME.scale, a float32 scale s for each of its
              rows (slices of its first dimension): W = s * Q, s = max |W| / 127 of the row; all other tensors as in
              float32, for they are few

The file's metadata say which (`dtype`; absent: float32). Names, shapes and dtypes are compared with those of a model
on the device without numbers before anything of their size is in memory, and the numbers must be finite. Models compute
in float32 whatever was stored: reading is one exact conversion or one multiplication, the same on every machine.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook
from torch.overrides import TorchFunctionMode

from textgan.errors import UserError, reason_of
from textgan.files import check_is_file

DTYPES = ("float32", "float16", "int8")
"""How weights may be stored."""

_SCALE = ".scale"
_LARGEST = 127
_DTYPES = {"F32": torch.float32, "F16": torch.float16, "I8": torch.int8, "I64": torch.int64, "BOOL": torch.bool}

M = TypeVar("M", bound=nn.Module)


def write_weights(path: Path, model: nn.Module, dtype: str = "float32") -> None:
    """Write a model's parameters and buffers as safetensors.

    Raises:
        UserError: no such dtype, or a weight that it cannot hold.
    """
    if dtype not in DTYPES:
        raise UserError(f"dtype is {dtype!r}; expected one of {', '.join(DTYPES)}")
    if dtype == "float32":
        with _mode_of_the_umask(path):
            safetensors.torch.save_model(model, str(path), metadata={"format": "pt"})
        return
    tensors: dict[str, Tensor] = {}
    for name, value in model.state_dict().items():
        tensors |= _compact(name, value.detach().cpu(), dtype)
    with _mode_of_the_umask(path):
        # One entry alone: of several the order changes from file to file.
        safetensors.torch.save_file(tensors, path, metadata={"dtype": dtype})


@contextmanager
def _mode_of_the_umask(path: Path) -> Iterator[None]:
    """The file that is written in the block may be read by whom the process lets; safetensors has its owner alone."""
    path.touch()
    mode = path.stat().st_mode
    yield
    path.chmod(mode)


class Header(NamedTuple):
    """What a file of weights says that it holds; the numbers are not read yet.

    Args:
        dtype: how its weights are stored.
        tensors: dtype (its name in the file where no weight has it) and shape of each tensor.
    """

    dtype: str
    tensors: dict[str, tuple[torch.dtype | str, tuple[int, ...]]]


def read_header(path: Path) -> Header:
    """What a file of weights holds.

    Raises:
        UserError: it is missing or damaged, or holds weights in a way that this version does not know.
    """
    check_is_file(path, "a saved model")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118  # it is no dictionary
        dtypes = {name: part.get_dtype() for name, part in slices.items()}
        tensors = {name: (_DTYPES.get(dtypes[name], dtypes[name]), tuple(p.get_shape())) for name, p in slices.items()}
        return Header(dtype_of(path), tensors)
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise _does_not_load(path, error) from error


def read_weights(path: Path, model: nn.Module) -> None:
    """Load what `write_weights` wrote.

    Raises:
        UserError: a damaged file, or one that does not hold exactly the weights of this model.
    """
    header = read_header(path)
    try:
        _compare(header, model)
        model.load_state_dict(_restored(safetensors.torch.load_file(path), model.state_dict(), header.dtype))
    except (OSError, RuntimeError, ValueError, safetensors.SafetensorError) as error:
        raise _does_not_load(path, error) from error


def built_as(path: Path, build: Callable[[], M]) -> M:
    """The model that a configuration builds, if its weights are those of a file; they are not loaded yet.

    It is built on the device without numbers first, so that sizes that the file contradicts cost nothing.

    Args:
        path: of the file.
        build: makes the model with any weights; its configuration need not be trusted.

    Raises:
        UserError: it has other weights than the file.
    """
    header = read_header(path)
    try:
        with torch.device("meta"), _WithoutNumbers(), _at_most(2 * len(header.tensors)):
            empty = build()
        _compare(header, empty)
    except UserError:
        raise
    except Exception as error:  # whatever networks of impossible sizes raise
        raise _does_not_load(path, error) from error
    return build()


class _WithoutNumbers(TorchFunctionMode):
    """Leaves out the initialization of weights: for normal noise without numbers torch imports its compiler, 2 s."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Initializers return the tensor as it is; all else is as always."""
        values = kwargs or {}
        if func in _INITIALIZERS:
            return args[0] if args else values["tensor"]
        return func(*args, **values)


_INITIALIZERS = (nn.init.normal_, nn.init.trunc_normal_, torch.Tensor.normal_)


def _does_not_load(path: Path, error: Exception) -> UserError:
    where = path.with_name("config.json")
    return UserError(f"{path} does not load ({reason_of(error)}); expected the weights of {where}")


_limit = threading.local()


def _count(module: nn.Module, name: str, parameter: nn.Parameter) -> None:
    """Counts the parameters of the networks that this thread builds, where there is a limit."""
    left = getattr(_limit, "left", None)
    if left is not None:
        _limit.left = left - 1
        if left <= 0:
            raise ValueError("its configuration asks for more layers than it holds")


# For good: to add and remove it while another thread builds a network would disturb that thread.
register_module_parameter_registration_hook(_count)


@contextmanager
def _at_most(number: int) -> Iterator[None]:
    """Networks with no more parameters than this are built in the block: a billion layers would take for ever.

    Raises:
        ValueError: there are more.
    """
    _limit.left = number
    try:
        yield
    finally:
        _limit.left = None


def _compare(header: Header, model: nn.Module) -> None:
    """Whether a file holds what a model needs, and nothing else.

    Raises:
        ValueError: names the first tensor that is not as expected.
    """
    expected: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {}
    for name, value in model.state_dict().items():
        expected |= _stored_as(name, value, header.dtype)
    for name, (dtype, shape) in expected.items():
        if name not in header.tensors:
            raise ValueError(f"{name} is missing")
        came = header.tensors[name]
        if came != (dtype, shape):
            raise ValueError(f"{name} is {came[0]} {came[1]}, not {dtype} {shape}")
    for name in header.tensors:
        if name not in expected:
            raise ValueError(f"{name[:80]} is no weight of this model")


def _stored_as(name: str, value: Tensor, dtype: str) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
    """Names, dtypes and shapes of what stands in a file for a tensor of a model."""
    shape = tuple(value.shape)
    if dtype == "float32" or not value.is_floating_point():
        return {name: (value.dtype, shape)}
    if dtype == "float16":
        return {name: (torch.float16, shape)}
    if not _has_rows(value):
        return {name: (value.dtype, shape)}
    return {name: (torch.int8, shape), name + _SCALE: (torch.float32, shape[:1])}


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


def _restored(stored: Mapping[str, Tensor], expected: Mapping[str, Tensor], dtype: str) -> dict[str, Tensor]:
    """The tensors of a file, whose names, shapes and dtypes are known to be right, in a model's dtypes.

    Raises:
        ValueError: names the first that holds what is no number, or no scale.
    """
    found = {}
    for name, value in expected.items():
        found[name] = stored[name].to(value.dtype)
        if dtype == "int8" and value.is_floating_point() and _has_rows(value):
            scale = stored[name + _SCALE]
            if not (scale.isfinite() & (scale >= 0)).all():
                raise ValueError(f"{name + _SCALE} holds what is no scale")
            found[name] *= scale.view(-1, *[1] * (value.ndim - 1))
        if not found[name].isfinite().all():
            raise ValueError(f"{name} holds values that are not finite")
    return found

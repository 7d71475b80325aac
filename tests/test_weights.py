"""Weights stored compactly are read back as the formula says, by every model; what does not fit is refused by name."""

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from tests.tiny import LABELED, PIXELS, SPEC, tiny_config, tiny_game
from textgan.errors import UserError
from textgan.recipes import MODELS
from textgan.sampling import SentenceModel
from textgan.sampling.model_card import escaped
from textgan.weights import DTYPES, dtype_of, read_weights, write_weights

SENTENCES = ["a man sleeps .", "two dogs is running in the park ."]


def layer(weight: torch.Tensor) -> nn.Linear:
    """A layer with this matrix, (O, I), and a bias that int8 would spoil."""
    made = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        made.weight.copy_(weight)
        made.bias.copy_(torch.linspace(-1e-4, 1e4, weight.shape[0]))
    return made


def through(path, module: nn.Linear, dtype: str) -> nn.Linear:
    """What is read of what was written."""
    write_weights(path, module, dtype)
    again = nn.Linear(module.in_features, module.out_features)
    read_weights(path, again)
    return again


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MODELS)
def test_every_model_comes_back_within_half_a_step_of_its_form(name, dtype, tmp_path):
    kinds = MODELS[name].defaults
    spec = PIXELS if "text" not in kinds else LABELED if name == "arae_transfer" else SPEC
    config = tiny_config(name, modality="text" if "text" in kinds else "images")
    game, again = tiny_game(config, 0, spec), tiny_game(config, 1, spec)
    write_weights(tmp_path / "w", game, dtype)
    read_weights(tmp_path / "w", again)
    for own, read in zip(game.state_dict().values(), again.state_dict().values(), strict=True):
        assert read.dtype == own.dtype
        if dtype == "float32" or not own.is_floating_point() or (dtype == "int8" and own.ndim < 2):
            assert read.equal(own)
        elif dtype == "float16":
            assert read.equal(own.half().float())
        elif own.numel():
            step = own.flatten(1).abs().amax(1, keepdim=True) / 127
            assert ((read - own).flatten(1).abs() <= 0.5001 * step).all()


def test_int8_is_a_scale_times_whole_numbers_row_by_row(tmp_path):
    weight = torch.tensor([[127.0, -63.6, 0.4], [0.0, 0.0, 0.0], [1e-3, -2e-3, 0.0], [0.0, 1e-43, 0.0]])
    again = through(tmp_path / "w", layer(weight), "int8")
    stored = safetensors.torch.load_file(tmp_path / "w")
    assert stored["weight"].dtype == torch.int8
    assert stored["weight"][:3].tolist() == [[127, -64, 0], [0, 0, 0], [64, -127, 0]]
    assert stored["weight.scale"][:2].tolist() == [1.0, 0.0]
    assert again.weight.equal(stored["weight"].float() * stored["weight.scale"][:, None])
    assert again.bias.equal(layer(weight).bias)


def test_the_same_weights_make_the_same_file(tmp_path):
    for dtype in DTYPES:
        for name in "ab":
            write_weights(tmp_path / name, layer(torch.arange(6.0).view(2, 3)), dtype)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
        assert dtype_of(tmp_path / "a") == dtype


@pytest.mark.parametrize(
    ("dtype", "value", "part"),
    [("float16", 1e5, "float16"), ("int8", float("nan"), "not finite"), ("int8", float("inf"), "not finite")],
)
def test_weights_that_a_form_cannot_hold_are_refused(tmp_path, dtype, value, part):
    module = nn.Linear(2, 2, bias=False)
    nn.init.constant_(module.weight, value)
    with pytest.raises(UserError, match=part):
        write_weights(tmp_path / "w", module, dtype)
    assert not (tmp_path / "w").exists()


def damaged(kind: str) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """A compact layer of two rows with something wrong."""
    tensors = {
        "weight": torch.ones(2, 3, dtype=torch.int8),
        "weight.scale": torch.ones(2),
        "bias": torch.zeros(2),
    }
    changes: dict[str, dict[str, torch.Tensor]] = {
        "float weight": {"weight": torch.ones(2, 3)},
        "wide weight": {"weight": torch.ones(2, 4, dtype=torch.int8)},
        "half bias": {"bias": torch.zeros(2).half()},
        "nan bias": {"bias": torch.full((2,), torch.nan)},
        "long scale": {"weight.scale": torch.ones(3)},
        "half scale": {"weight.scale": torch.ones(2).half()},
        "nan scale": {"weight.scale": torch.tensor([1.0, torch.nan])},
        "negative scale": {"weight.scale": torch.tensor([1.0, -1.0])},
        "extra": {"bias.scale": torch.ones(2)},
    }
    tensors |= changes.get(kind, {})
    if kind.startswith("no "):
        del tensors[kind.removeprefix("no ")]
    metadata = {"none": {}, "other": {"dtype": "int4"}, "float16": {"dtype": "float16"}}
    return tensors, metadata.get(kind, {"dtype": "int8"})


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("float weight", "weight is torch.float32"),
        ("wide weight", r"weight is torch.int8 \(2, 4\)"),
        ("half bias", "bias is torch.float16"),
        ("nan bias", "bias holds values that are not finite"),
        ("long scale", r"weight.scale is torch.float32 \(3,\)"),
        ("half scale", "weight.scale is torch.float16"),
        ("nan scale", "weight.scale holds what is no scale"),
        ("negative scale", "weight.scale holds what is no scale"),
        ("extra", "bias.scale is no weight"),
        ("no weight", "weight is missing"),
        ("no weight.scale", "weight.scale is missing"),
        ("no bias", "bias is missing"),
        ("none", "weight is torch.int8"),
        ("other", "'int4'"),
        ("float16", "weight is torch.int8"),
    ],
)
def test_a_compact_file_that_does_not_fit_is_refused_and_nothing_is_loaded_of_it(tmp_path, kind, part):
    tensors, metadata = damaged(kind)
    safetensors.torch.save_file(tensors, tmp_path / "w", metadata=metadata)
    module = nn.Linear(3, 2)
    before = module.bias.clone()
    with pytest.raises(UserError, match=part) as error:
        read_weights(tmp_path / "w", module)
    assert "does not load" in str(error.value)
    assert "\n" not in str(error.value)
    assert module.bias.equal(before)


@pytest.mark.parametrize(("dtype", "share"), [("float16", 0.5), ("int8", 0.25)])
def test_a_model_shared_compactly_is_small_and_nearly_the_model(model, tmp_path, dtype, share):
    model.save_pretrained(tmp_path / "full")
    model.save_pretrained(tmp_path / "compact", dtype)
    full, compact = ((tmp_path / name / "model.safetensors").stat().st_size for name in ("full", "compact"))
    assert compact < (share + 0.2) * full  # of so small a model names and vectors take much of the file
    again = SentenceModel.from_pretrained(tmp_path / "compact", "cpu")
    np.testing.assert_allclose(again.encode(SENTENCES), model.encode(SENTENCES), atol=0.02)
    card = (tmp_path / "compact" / "README.md").read_text()
    assert f"stored as {dtype}" in card
    assert all(f"- {escaped(sentence)}" in card for sentence in again.sample(10))


@pytest.mark.parametrize("there", [False, True])
def test_a_form_that_is_none_is_refused_and_leaves_what_was_there(model, tmp_path, there):
    folder = tmp_path / "shared"
    if there:
        folder.mkdir()
    with pytest.raises(UserError, match=r"'int4'; expected one of float32, float16, int8"):
        model.save_pretrained(folder, "int4")
    assert list(tmp_path.rglob("*")) == [folder] * there

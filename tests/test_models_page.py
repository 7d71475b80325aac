"""What docs/models.md says in numbers and names is what the recipes have; the model of docs/new_model.md trains."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch

import textgan
from tests.conftest import tiny_sentences
from textgan.models import CLASSES
from textgan.recipes import MODELS, PRESETS, recipe
from textgan.sampling import SentenceModel

TEXT = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
WORDS = " ".join(TEXT.split())


def section(title: str) -> str:
    _, _, rest = TEXT.partition(f"### {title}\n")
    assert rest, title
    return rest.partition("\n## ")[0].partition("\n### ")[0]


def test_the_recipe_of_the_mixture_is_the_presets():
    config = recipe("ali", "mixture")
    optimizer = config.settings.generator_optimizer
    told = f"{config.training.rounds:,} rounds, rates falling from {100 * optimizer.decay_from:g} % of the run"
    assert told in WORDS


def test_the_default_recipe_of_arae_is_that_of_the_package():
    config = recipe("arae")
    settings, optimizer = config.settings, config.settings.autoencoder_optimizer
    rate = f"{optimizer.lr:.0e}".replace("e-0", "e-")
    for words in (
        f"Adam {rate}, batch {config.training.batch_size}, warm-up {optimizer.warmup_rounds} rounds",
        f"falling to 0 over the last {100 * (1 - optimizer.decay_from):g} % of the run",
        f"{'-'.join(map(str, settings.generator_dims))}, LayerNorm, skips",
        f"a moving average ({settings.generator_average:g})",
        f"| {settings.code_noise:g}, constant |",
        f"{settings.gan_batch_size}, of images {recipe('arae', modality='images').settings.gan_batch_size or 128}; "
        f"{settings.critic_steps} in every second round",
    ):
        assert words in section("The default recipe beside the authors'"), words
    assert settings.gan_every == 2
    assert settings.code_noise_anneal == 1


def test_of_every_model_of_sentences_it_is_said_what_differs_from_its_paper():
    told = section("What differs from each paper")
    assert [name for name, config in MODELS.items() if "text" in config.defaults and f"`{name}`" not in told] == []


def test_every_preset_of_sentences_is_named():
    names = [name for model in ("arae", "arae_transfer") for name in PRESETS[model]]
    assert [name for name in names if f"{name}`" not in TEXT] == []


def test_the_model_of_the_page_on_new_models_reads_sentences_labels_and_images(undisturbed, monkeypatch, tmp_path):
    page = (Path(__file__).parents[1] / "docs" / "new_model.md").read_text(encoding="utf-8")
    *model, use = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.setitem(MODELS, "wae", None)  # both are put back
    monkeypatch.setitem(CLASSES, "wae", None)
    names: dict[str, Any] = {"sentences": tiny_sentences(), "__name__": "wae"}
    exec("\n".join(model), names)
    a, b = torch.randn(200, 4), torch.randn(200, 4)
    near, far = (float(names["discrepancy"](a, b + shift)) for shift in (0.0, 3.0))
    assert abs(near) < 0.02 < 0.3 < far
    exec(use.replace("rounds=300", "rounds=1, threads=1"), names)
    labels = [(text, "dog" if "dog" in text else "none") for text in tiny_sentences()]
    told = textgan.train("wae", labels, rounds=1, threads=1, hidden_dim=8, embedding_dim=8, out=tmp_path / "run")
    assert isinstance(told, SentenceModel)
    assert set(told.labels) == {"dog", "none"}
    assert textgan.load(tmp_path / "run").sample(2, seed=0) == told.sample(2, seed=0)
    images = np.random.default_rng(0).integers(0, 256, (40, 16, 16), np.uint8)
    drawn = textgan.train("wae", images, rounds=1, threads=1, depth=2, batch_size=8)
    assert drawn.sample(2, seed=0).shape == (2, 1, 16, 16)

"""What docs/models.md says in numbers and names is what the recipes have."""

import re
from pathlib import Path

from textgan.recipes import MODELS, PRESETS, recipe

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


def test_of_every_model_of_sentences_it_is_said_what_differs_from_its_paper():
    told = section("What differs from each paper")
    assert [name for name, config in MODELS.items() if "text" in config.defaults and f"`{name}`" not in told] == []


def test_every_preset_of_sentences_is_named():
    names = [name for model in ("arae", "arae_transfer") for name in PRESETS[model]]
    assert [name for name in names if f"{name}`" not in TEXT] == []


def test_what_the_page_on_python_shows_runs(undisturbed):
    page = (Path(__file__).parents[1] / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 3
    names: dict[str, object] = {}
    for block in blocks:
        exec(block.replace("rounds=300", "rounds=1"), names)

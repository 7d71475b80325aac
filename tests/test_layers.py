"""Each layer of the package imports only from those above it, and a model's file holds its mathematics alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "textgan"

LAYERS = [
    ["errors", "version"],
    ["config", "distributed", "files", "limits", "plain_yaml", "box", "scenes"],
    ["arrays", "image_files", "settings"],
    ["device", "weights"],
    ["data", "ensemble"],
    ["losses", "muon", "randomness"],
    ["networks", "decoding", "game"],
    ["recipes", "capabilities", "describe"],
    ["models"],
    ["pictures"],
    ["training"],
    ["places"],
    ["sampling", "facts"],
    ["fitting"],
    ["network_fit", "classifier_parts", "efforts"],
    ["estimator", "cross_validation"],
    ["evaluation"],
    ["run_data"],
    ["experiment"],
    ["studio"],
    ["cli"],
    ["__init__", "__main__"],
]
"""A module or package imports only from the lines above its own, or from itself."""

ONLY = {
    "networks": {"device", "distributed", "errors", "losses"},
    "losses": set(),
    "decoding": {"data.specials", "settings"},
    "game": {"device", "errors", "muon", "randomness", "settings"},
    "recipes": {"config", "data.config", "data.types", "errors", "settings"},
    "models": {
        "capabilities",
        "data.specials",
        "data.types",
        "decoding",
        "device",
        "distributed.gathered",
        "distributed.mirrored",
        "game",
        "losses",
        "muon",
        "networks",
        "recipes",
        "settings",
    },
    "training.trainer": {"data.types", "device", "distributed", "errors", "game", "randomness", "training.state"},
}
"""Where less is allowed: architecture and losses know no data, the trainer knows no model."""

FILES = sorted(PACKAGE.rglob("*.py"))
PURE = [p for p in FILES if p.relative_to(PACKAGE).parts[0] in ("models", "networks", "losses.py")]

each_file = pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))


def part_of(path: Path) -> str:
    """The layer's name of a file: its folder in the package, or its own name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def level(part: str) -> int:
    found = [n for n, names in enumerate(LAYERS) if part in names]
    assert found, f"textgan.{part} stands in no layer: give it a place in LAYERS"
    return found[0]


def imports(tree: ast.AST, lazy: bool = False) -> Iterator[tuple[str, bool]]:
    """Dotted names of all that is imported at run time, and whether within a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from ((f"{node.module}.{alias.name}", lazy) for alias in node.names)
        else:
            yield from imports(node, lazy or isinstance(node, ast.FunctionDef))


def own_imports(path: Path) -> Iterator[str]:
    """What a file imports from this package, without the package's name."""
    for name, _ in imports(ast.parse(path.read_text(encoding="utf-8"))):
        if name.startswith("textgan."):
            yield name.removeprefix("textgan.")


@each_file
def test_imports_go_one_way(path):
    part = part_of(path)
    for name in own_imports(path):
        source = name.split(".")[0]
        if source == part:
            continue
        if not (PACKAGE / source).is_dir() and not (PACKAGE / f"{source}.py").exists():
            source = "__init__"  # a name such as textgan.__version__
        assert level(source) < level(part) or part == "cli", f"{path.name} imports textgan.{name}"


@each_file
def test_imports_are_among_the_few_that_are_allowed(path):
    module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    part = module if module in ONLY else part_of(path)
    for name in own_imports(path):
        allowed = ONLY.get(part)
        if allowed is not None and not name.startswith(part + "."):
            assert any(name == a or name.startswith(a + ".") for a in allowed), f"{path.name} imports textgan.{name}"


@each_file
def test_only_one_file_knows_of_processes(path):
    names = [name for name, _ in imports(ast.parse(path.read_text(encoding="utf-8")))]
    assert path.name == "distributed.py" or not any(name.startswith("torch.distributed") for name in names)


TORCH_FREE = [
    "errors.py",
    "config.py",
    "settings.py",
    "places.py",
    "facts.py",
    "training/run_folder.py",
    "training/model_info.py",
    "training/metric_titles.py",
    "recipes",
    "training/log.py",
    "sampling/model_card.py",
    "box",
    "scenes",
]


@pytest.mark.parametrize("place", [*TORCH_FREE, "box", "scenes", "__init__.py", "__main__.py"])
def test_what_flags_need_does_not_wait_for_torch(place):
    files = [path for path in FILES if path.relative_to(PACKAGE).is_relative_to(place)]
    assert files
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not any(name.split(".")[0] == "torch" for name, lazy in imports(tree) if not lazy), path


NAMES = {"backward", "zero_grad", "requires_grad_", "detach", "data", "no_grad", "autocast", "cuda"}
CALLS = {"step", "train", "eval"}


def forbidden(source: str) -> list[str]:
    """Words of the trainer that a model's file uses, comments and docstrings aside."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            found += [f"{node.lineno}: {name}"] if name in NAMES else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            found.append(f"{node.lineno}: {node.func.attr}(")
    return found


def without_penalty(tree: ast.Module) -> ast.Module:
    """All but the penalty, whose formula has a gradient, the loss in pieces, networks that keep moments or codes, and a
    kernel that is float32."""
    exempt = ("gradient_penalty", "_ProjectedNLL", "BatchNorm", "CodeMoments", "CodeQueue", "Codebook", "read")
    tree.body = [node for node in tree.body if getattr(node, "name", "") not in exempt]
    return tree


@pytest.mark.parametrize("path", PURE, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_models_networks_and_losses_leave_training_to_the_trainer(path):
    assert forbidden(ast.unparse(without_penalty(ast.parse(path.read_text(encoding="utf-8"))))) == []


@pytest.mark.parametrize(
    "line",
    [
        "loss.backward()",
        "optimizer.step()",
        "self.optimizer.zero_grad()",
        "p.requires_grad_(False)",
        "z = z.detach()",
        "with torch.no_grad():\n    pass",
        "with torch.autocast('cpu'):\n    pass",
        "z = z.cuda()",
        "torch.cuda.synchronize()",
        "self.encoder.train()",
        "game.eval()",
        "from torch import no_grad\n@no_grad()\ndef f(): pass",
    ],
)
def test_the_search_finds_each_word(line):
    assert forbidden(line)


@pytest.mark.parametrize(
    "line",
    ["# loss.backward()", "'''optimizer.step(), detach'''", "def step(self): pass", "x = self.training", "n_step = 1"],
)
def test_the_search_finds_no_others(line):
    assert not forbidden(line)


def test_gradients_are_taken_in_the_trainer_and_in_the_penalty():
    """Evaluation trains networks of its own, which measure; sampling searches noise, and moves no weight."""
    takers = [
        part_of(path)
        for path in FILES
        if part_of(path) != "evaluation"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("autograd.grad", ".backward"))
    ]
    assert sorted(takers) == ["losses", "sampling", "training"]

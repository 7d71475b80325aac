"""One name, one thing; the field's words; files and functions that are read at one sitting."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "textgan"

SHARED = {
    "logger": "every module logs to the one logger of the package",
    "run": "every command is a module with a function of this name",
    "make_parser": "and with one of this name, which has its flags",
}
"""Names that several modules define on purpose, and why."""

MODULES = {
    str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}


each_module = pytest.mark.parametrize("module", list(MODULES))


def top_level(tree: ast.Module) -> Iterator[str]:
    """Public names that a module defines."""
    for node in tree.body:
        names = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
        yield from (name for name in names if not name.startswith("_") and name not in SHARED)


def defined(trees: dict[str, ast.Module]) -> dict[str, list[str]]:
    """Each public name with the modules that define it."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for module, tree in trees.items():
        for name in dict.fromkeys(top_level(tree)):
            places[name].append(module)
    return dict(places)


def twins(trees: dict[str, ast.Module]) -> dict[str, list[str]]:
    """Names that two modules define."""
    return {name: modules for name, modules in defined(trees).items() if len(modules) > 1}


def case_twins(trees: dict[str, ast.Module]) -> list[list[str]]:
    """Names that are one name but for case and underscores: Player and player, SAMPLES and Samples."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for name in defined(trees):
        alike[name.casefold().replace("_", "")].append(name)
    return [names for names in alike.values() if len(names) > 1]


def test_a_public_name_is_defined_once():
    assert twins(MODULES) == {}


def test_no_two_names_differ_in_case_alone():
    assert case_twins(MODULES) == []


def test_twins_are_found():
    trees = {
        "a.py": ast.parse("class Player: ...\ndef play(): ..."),
        "b.py": ast.parse("play: int = 1\nPLAYER, x = 1, 2"),
    }
    assert twins(trees) == {"play": ["a.py", "b.py"]}
    assert case_twins(trees) == [["Player", "PLAYER"]]


IN_ANY_NAME = {
    "colour": "color",
    "drawn": "sampled",
    "held": "heldout",
    "kind": "modality or type",
    "kinds": "modalities or types",
    "labelled": "labeled",
    "own": "say whose",
    "reads": "defaults",
    "seen": "decoder_input",
    "shaken": "perturbed",
    "shown": "discriminator_input",
    "talk": "logger",
    "tell": "predict",
    "told": "predicted",
}
"""Words of no identifier, and what says the same."""

AS_A_NAME = {
    "align": "distribution_alignment",
    "at_rest": "inference",
    "Case": "TextEvaluation, ImageEvaluation",
    "consistency_rows": "unlabeled_batch_size",
    "Finish": "Outcome",
    "Judge": "NgramModel, ReferenceLM, ImageClassifier",
    "Largest": "MaxPieces",
    "Layer": "say of what",
    "Look": "Validation",
    "look": "validate",
    "Material": "RunData",
    "moves": "steps",
    "of_model": "model_corpus",
    "of_real": "real_sample",
    "Past": "ResumeState",
    "prime": "init_from_data",
    "reader": "encoder",
    "Scorer": "MLP",
    "Session": "TrainingLoop",
    "sure_above": "confidence_threshold",
    "Trunk": "ConvTrunk",
    "view": "precompute",
    "Views": "SeveralHeads",
    "Watch": "Callbacks",
}
"""Whole identifiers that are not used, and what is used in their place."""


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names that a module gives to functions, classes, arguments, variables and attributes, and their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
            if (
                node.arg == "rows"
                and node.annotation is not None
                and "int" in ast.unparse(node.annotation).split(" | ")
            ):
                yield "rows_for_a_size", node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


def better_word(name: str) -> str | None:
    """What a name should be, if it is or has a word that textgan does not use."""
    if name == "rows_for_a_size":
        return "batch_size"
    words = re.findall(
        r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name.replace("held_out", "heldout").replace("HELD_OUT", "HELDOUT")
    )
    return AS_A_NAME.get(name) or next((IN_ANY_NAME[w.lower()] for w in words if w.lower() in IN_ANY_NAME), None)


@each_module
def test_names_are_of_the_fields_words(module):
    found = [f"{line}: {name}" for name, line in identifiers(MODULES[module]) if better_word(name)]
    assert found == []


@pytest.mark.parametrize(
    ("source", "better"),
    [
        ("class Look: ...", "Validation"),
        ("def f(told): ...", "predicted"),
        ("def f(rows: int | None): ...", "batch_size"),
        ("x.own_rows = 1", "say whose"),
        ("for labelled in x: ...", "labeled"),
    ],
)
def test_words_are_found(source, better):
    assert [word for name, _ in identifiers(ast.parse(source)) if (word := better_word(name))] == [better]


@pytest.mark.parametrize("source", ["held_out = x.view(2)", "def f(rows: list[int]): ...", "tokens = known = 1"])
def test_no_others_are_found(source):
    assert [name for name, _ in identifiers(ast.parse(source)) if better_word(name)] == []


FLAG = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_flags_of_pages_are_of_the_fields_words(page):
    flags = set(FLAG.findall(page.read_text(encoding="utf-8")))
    assert sorted(flag for flag in flags if better_word(flag.replace("-", "_"))) == []


@each_module
def test_flags_in_help_and_messages_are_of_the_fields_words(module):
    texts = [node.value for node in ast.walk(MODULES[module]) if isinstance(node, ast.Constant)]
    flags = {flag for text in texts if isinstance(text, str) for flag in FLAG.findall(text)}
    assert sorted(flag for flag in flags if better_word(flag.replace("-", "_"))) == []


MOST_LINES, LEAST_LINES, MOST_OF_A_FUNCTION = 300, 40, 60

SMALL = {
    "data/specials.py": "ids of the special tokens: all that networks and decoding may know of data",
    "__main__.py": "python -m textgan",
    "errors.py": "imported by all",
    "version.py": "read by the build without importing textgan",
}
"""Short files, and why they stand alone; `__init__.py` may always be short."""


@each_module
def test_files_and_functions_are_read_at_one_sitting(module):
    lines = len((PACKAGE / module).read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES
    assert lines >= LEAST_LINES or module in SMALL or module.endswith("__init__.py")
    functions = [node for node in ast.walk(MODULES[module]) if isinstance(node, ast.FunctionDef)]
    sizes = {f.name: (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions}
    assert {name: size for name, size in sizes.items() if size > MOST_OF_A_FUNCTION} == {}


def test_what_is_exempt_is_there():
    assert set(SMALL) <= set(MODULES)

"""Make the model that comes with textgan: train ARAE on the built-in scenes, pack it, measure it.

python scripts/make_box.py [--work runs/box] [--box textgan/box] [--flags "--rounds 500 --threads 1 ..."]

Stopped, the same command goes on where it was. `--flags` win over the settings below. Those that say what is learned
are for trying the script: a test holds the model in the box against the settings.
"""

import argparse
import json
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from textgan.cli.train import read_arguments
from textgan.recipes import RunConfig

NAME = "scenes"
DTYPE = "int8"
"""A quarter of the size; docs/results.md has what it costs: nothing that shows."""

ROUNDS = 6_000
# The networks of `make quickstart`, which suffice for this corpus, for longer. All sentences have labels, so there is
# nothing to be consistent about.
TRAIN = f"""arae --preset arae-small --data scenes --labels label --seed 0 --rounds {ROUNDS} --precision float32
    --tokenizer word --vocab-size 11000 --max-length 15 --classifier.unlabeled-batch-size 0 --code-noise 0.12
    --gan-batch-size 128 --autoencoder-optimizer.name adam"""

MEASURE = "-n 1000 --limit 1000 --metrics reconstruction,statistics,interpolation,grammar,classification"

_CARD = """
## Measured

1,000 samples, greedy, seed 0, and 1,000 held-out sentences: as stored here ({dtype}), before that (float32), and of
real text. Made by `scripts/make_box.py`; `textgan evaluate {name}` measures it again.

| | {dtype} | float32 | real text |
| --- | --- | --- | --- |
{rows}
"""


def config() -> RunConfig:
    """The settings of the model in the box."""
    return read_arguments(TRAIN.split())[0]


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--work", type=Path, default=Path("runs/box"), help="folder of the run and of what is measured")
    flags.add_argument("--box", type=Path, default=Path(__file__).parent.parent / "textgan" / "box")
    flags.add_argument("--flags", type=shlex.split, default=[], help="more flags of textgan train")
    values = flags.parse_args()
    # Ctrl-C reaches the training too, which saves and ends: waited for here, not killed as subprocess.run would.
    signal.signal(signal.SIGINT, lambda *_: None)
    run, packed = values.work / NAME, values.work / f"{NAME}-{DTYPE}"
    textgan("train", *TRAIN.split(), *values.flags, "--out", str(run))
    parameters = pack(run, packed)
    stored, full = (measured(folder, values.work / f"{folder.name}.json") for folder in (packed, run))
    describe(packed, parameters, stored, full)
    shutil.rmtree(values.box / NAME, ignore_errors=True)
    shutil.copytree(packed, values.box / NAME)
    size = sum(path.stat().st_size for path in packed.rglob("*") if path.is_file())
    scores = f"grammatical {stored['grammatical']:.3f}, before packing {full['grammatical']:.3f}"
    print(f"{values.box / NAME}: {size / 1e6:.1f} MB; {scores}")


def textgan(*arguments: str) -> None:
    """A command of textgan; where it fails, or is stopped, so does this script."""
    code = subprocess.run([sys.executable, "-m", "textgan", *arguments]).returncode
    if code:
        sys.exit(code)


def pack(run: Path, folder: Path) -> int:
    """Save the run's last model in the compact form; how many parameters it has."""
    from textgan import SentenceModel

    shutil.rmtree(folder, ignore_errors=True)
    model = SentenceModel.from_pretrained(run, "cpu")
    model.save_pretrained(folder, DTYPE, license="apache-2.0")
    return sum(p.numel() for p in model.network.parameters())


def measured(model: Path, file: Path) -> dict[str, Any]:
    """What `textgan evaluate` says of a model: its numbers, and under `real` those of real text."""
    textgan("evaluate", str(model), *MEASURE.split(), "--json", str(file))
    report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {name: value for name, value in report.items() if name == "real" or isinstance(value, float | int)}


def describe(folder: Path, parameters: int, stored: dict[str, Any], full: dict[str, Any]) -> None:
    """Add measured.json, and the measurements to config.json and to the card."""
    from textgan import SentenceModel
    from textgan.training.model_info import Measurements

    real = stored.pop("real")
    about = {"parameters": parameters, "dtype": DTYPE, "metrics": stored, "real": real}
    (folder / "measured.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    columns = [(stored[name], full.get(name), real.get(name)) for name in stored]
    rows = [f"| {name} | {' | '.join(map(_cell, row))} |" for name, row in zip(stored, columns, strict=True)]
    model = SentenceModel.from_pretrained(folder, "cpu")
    model.info = model.info._replace(evaluation=Measurements.of(model.info.rounds, stored, real))
    values = json.loads((folder / "config.json").read_text(encoding="utf-8")) | model.info.to_dict()
    (folder / "config.json").write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    card = model.card(NAME, model.config, DTYPE) + _CARD.format(name=NAME, dtype=DTYPE, rows="\n".join(rows))
    (folder / "README.md").write_text(card, encoding="utf-8")


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


if __name__ == "__main__":
    main()

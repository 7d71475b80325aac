"""Run the notebooks of docs/notebooks/, and make pages of what they printed.

    .venv/bin/python scripts/site_notebooks.py

Sources are Python files with cells, as jupytext and editors read them; what has run lies in build/notebooks.
"""

import base64
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
EXECUTED = ROOT / "build" / "notebooks"

_LIMIT = 900  # seconds, of a cell, on a machine with much else to do; a whole notebook takes less than a minute of CPU
_AT_ONCE = 2


def sources() -> list[Path]:
    """The notebooks, in order."""
    return sorted((ROOT / "docs" / "notebooks").glob("*.py"))


def execute(source: Path) -> str:
    """Run a notebook in a folder of its own and keep it with its outputs; what it took.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = jupytext.read(source)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    folder = EXECUTED / source.stem
    shutil.rmtree(folder, ignore_errors=True)  # a notebook saves models, which want a new folder
    folder.mkdir(parents=True)
    began = time.perf_counter()
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=_LIMIT, startup_timeout=_LIMIT, resources=resources).execute()
    nbformat.write(notebook, EXECUTED / f"{source.stem}.ipynb")
    return f"{source.name}: {time.perf_counter() - began:.0f} seconds"


def notebook_page(executed: Path) -> Iterator[tuple[str, str | bytes]]:
    """Files of a page: the notebook itself, its pictures, its text in Markdown."""
    notebook = nbformat.read(executed, 4)
    yield executed.name, executed.read_text(encoding="utf-8")
    lines, pictures = [], 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lines += [cell.source, ""]
            continue
        lines += ["```python", cell.source, "```", ""]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                pictures += 1
                name = f"{executed.stem}-{pictures}.png"
                yield name, base64.b64decode(data["image/png"])
                lines += [f"![{_caption(cell.source)}]({name})", ""]
            else:
                lines += [*_printed(output, data), ""]
    lines.insert(1, f"\n[Download this notebook]({executed.name}), or run it: `{_source_of(executed)}`\n")
    yield f"{executed.stem}.md", "\n".join(lines) + "\n"


def _printed(output: Any, data: dict[str, str]) -> list[str]:
    """What a cell printed: a table as it is, all else as text."""
    if "text/html" in data and "<table" in data["text/html"]:
        table = re.sub(r"<style.*?</style>", "", data["text/html"], flags=re.DOTALL)
        return ['<div class="printed" markdown="0">', re.sub(r"\n\s*\n", "\n", table), "</div>"]
    text = output.get("text") or data.get("text/plain", "")
    return ['<div class="printed" markdown>', "", "```text", text.rstrip("\n"), "```", "", "</div>"]


def _caption(code: str) -> str:
    """What a picture shows: the last comment of its cell."""
    comments = re.findall(r"^# (.*)$", code, re.MULTILINE)
    return comments[-1].replace("[", "(").replace("]", ")") if comments else "picture"


def _source_of(executed: Path) -> str:
    return f"docs/notebooks/{executed.stem}.py"


def main() -> None:
    """Run all, or those that are named."""
    wanted = [source for source in sources() if not sys.argv[1:] or source.stem in sys.argv[1:]]
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    # A notebook has one thread, so that two of them do not crawl on two cores.
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": paths, "TEXTGAN_CACHE": str(EXECUTED / "cache")}
    os.environ["PYTHONWARNINGS"] = "ignore:IProgress not found"  # tqdm, of a notebook that nobody watches
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for line in pool.map(execute, wanted):
            print(line, flush=True)


if __name__ == "__main__":
    main()

"""Measures a corpus of millions of sentences: writing, tokenizing, a killed start, the cache, a warm start, memory.

    python scripts/large_corpus.py FOLDER --sentences 5000000 --steps write,tokenize,resume,warm,train

FOLDER holds the corpus (60 MB a million sentences) and the caches; delete it afterwards. A step prints one line; steps
are processes of their own, so that each is measured alone. Seconds of CPU are of the step's processes together.
"""

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from textgan.limits import available_cores
from textgan.scenes import sample

_CHUNK = 50_000  # sentences of one seed
_TRAIN = ("-m", "textgan", "train", "arae", "--threads", "1")
_OPEN = (
    "import sys; from pathlib import Path; from textgan.data.config import DataConfig;"
    "from textgan.data.corpus import open_corpus;"
    "open_corpus(DataConfig(data=sys.argv[1], tokenizer=sys.argv[2]), cache=Path(sys.argv[3]){})"
)


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    flags.add_argument("folder", type=Path)
    flags.add_argument("--sentences", type=int, default=5_000_000)
    flags.add_argument("--steps", default="write,tokenize,resume,warm,train")
    flags.add_argument("--tokenizer", default="word")
    flags.add_argument("--rounds", type=int, default=1000, help="of the training whose memory is watched")
    flags.add_argument("--processes", default=None, help="for tokenize, as 1,2; empty: code without the setting")
    values = flags.parse_args()
    values.folder.mkdir(parents=True, exist_ok=True)
    values.text = values.folder / "scenes.txt"
    values.cache = values.folder / "cache"
    for step in values.steps.split(","):
        _STEPS[step](values)


def write(values: argparse.Namespace) -> None:
    """Sentences of the grammar, from a seed for each chunk, so that a file of fewer is the beginning of this one."""
    began = time.process_time()
    with values.text.open("w", encoding="utf-8") as file:
        for begin in range(0, values.sentences, _CHUNK):
            scenes = sample(min(_CHUNK, values.sentences - begin), seed=1_000_000 + begin // _CHUNK)
            file.writelines(scene.text + "\n" for scene in scenes)
    say("write", f"{values.text.stat().st_size / 1e6:,.0f} MB, {time.process_time() - began:,.0f} CPU s")


def tokenize(values: argparse.Namespace) -> None:
    """Cold, once for each number of processes; the last cache is kept."""
    numbers = values.processes if values.processes is not None else f"1,{min(2, available_cores())}"
    for number in dict.fromkeys(numbers.split(",")):
        shutil.rmtree(values.cache, ignore_errors=True)
        say(f"tokenize, {number or 'one'} process(es)", measured(_opening(values, number)))
        size = sum(path.stat().st_size for path in values.cache.rglob("*") if path.is_file())
        say("cache", f"{size / 1e6:,.0f} MB")


def resume(values: argparse.Namespace) -> None:
    """A start that is killed in the middle, and the next one."""
    cache = values.folder / "killed"
    shutil.rmtree(cache, ignore_errors=True)
    blocks = values.text.stat().st_size >> 20
    command = [sys.executable, *_opening(values, str(min(2, available_cores())), cache)]
    with subprocess.Popen(command) as process:
        while process.poll() is None and len(list(cache.glob("parts/*/*.npz"))) < blocks // 2:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    say("killed", f"with {len(list(cache.glob('parts/*/*.npz')))} of about {blocks + 1} blocks tokenized")
    say("resumed", measured(command[1:]))
    names = sorted(path.relative_to(cache) for path in cache.glob("tokens/*/*/*.bin"))
    same = all((cache / name).read_bytes() == (values.cache / name).read_bytes() for name in names)
    say("resumed", f"{len(names)} files {'equal' if same and names else 'NOT equal'} to those of one start")
    shutil.rmtree(cache)


def warm(values: argparse.Namespace) -> None:
    """A start with the cache: imports alone, the corpus alone, and a dry run of training."""
    os.environ["TEXTGAN_CACHE"] = str(values.cache)
    say("imports", measured(("-c", "import torch, numpy, textgan.training.trainer, textgan.models.arae")))
    say("open the cache", measured(_opening(values, "")))
    say("dry run", measured((*_TRAIN, "--data", str(values.text), "--dry-run")))


def train(values: argparse.Namespace) -> None:
    """Memory while training: its own, and pages of files, which the system takes back when it needs them."""
    os.environ["TEXTGAN_CACHE"] = str(values.cache)
    run, rounds = values.folder / "run", values.rounds
    shutil.rmtree(run, ignore_errors=True)
    command = [sys.executable, *_TRAIN, "--data", str(values.text), "--out", str(run), "--rounds", str(rounds)]
    command += ["--log-every", "10", "--evaluate-every", str(rounds // 2), "--sample-every", str(rounds)]
    seen: list[tuple[int, int, int]] = []
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            number, (own, file) = rounds_of(run), memory(process.pid)
            if own and (not seen or number >= seen[-1][0] + rounds // 5):
                seen.append((number, own, file))
            peak = max(own, seen[-1][1] if seen else 0)
            time.sleep(0.2)
    for number, own, file in seen:
        say(f"round {number}", f"{own / 1e6:,.0f} MB of its own, {file / 1e6:,.0f} MB of files")
    say("end", f"{peak / 1e6:,.0f} MB of its own")
    shutil.rmtree(run, ignore_errors=True)


def rounds_of(run: Path) -> int:
    """Rounds logged so far."""
    file = run / "metrics.jsonl"
    return 10 * file.read_bytes().count(b"\n") if file.exists() else 0


def memory(process: int) -> tuple[int, int]:
    """Bytes of a process that are its own, and those of mapped files; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0, 0
    sizes = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Rss")}
    return int(sizes.get("RssAnon", 0)) * 1024, int(sizes.get("RssFile", 0)) * 1024


def measured(arguments: Sequence[str]) -> str:
    """Run Python and say the CPU time of it and its children, its wall time, and the most memory that it had itself."""
    before, began, peak = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, memory(process.pid)[0])
            time.sleep(0.05)
    if process.returncode:
        sys.exit(f"python {' '.join(arguments)} ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{cpu:,.1f} CPU s, {time.monotonic() - began:,.1f} s, at most {peak / 1e6:,.0f} MB of its own"


def _opening(values: argparse.Namespace, processes: str, cache: Path | None = None) -> tuple[str, ...]:
    code = _OPEN.format(f", processes={processes}" if processes else "")
    return "-c", code, str(values.text), values.tokenizer, str(cache or values.cache)


def say(what: str, result: str) -> None:
    print(f"{what}: {result}", flush=True)


_STEPS = {"write": write, "tokenize": tokenize, "resume": resume, "warm": warm, "train": train}

if __name__ == "__main__":
    main()

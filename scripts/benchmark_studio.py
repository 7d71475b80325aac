"""How long the studio takes to open, and how long each action of its tabs takes: a table in Markdown.

    .venv/bin/python scripts/benchmark_studio.py [RUN]

It asks by HTTP, as the page does. CPU seconds are those of the studio's process.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

REPEATS = 21
WHO = ["a woman", "a young man", "two boys", "a girl", "an old man", "two dogs", "a man in a red shirt"]
DOES = ["playing a flute", "running in the park", "sleeping", "cooking soup", "flying a kite at the beach", "eating"]


def sentence(i: int) -> str:
    """One of 42 sentences of scenes."""
    who = WHO[i % len(WHO)]
    return f"{who} {'are' if who.startswith('two') else 'is'} {DOES[i // 7 % len(DOES)]} ."


ACTIONS: dict[str, tuple[str, Callable[[int], list[Any]]]] = {
    "smooth gradient, 7 lines": ("gradient", lambda i: [sentence(2 * i), sentence(2 * i + 9), 7, True, i]),
    "straight gradient, 7 lines": ("gradient", lambda i: [sentence(2 * i), sentence(2 * i + 9), 7, False, i]),
    "a point of the map": ("points", lambda i: [[[0.02 * i - 0.2, 0.1]], 400, 0]),
    "8 sentences": ("write", lambda i: [8, i, 0.0, "", ""]),
    "8 sentences with a word": ("write", lambda i: [8, i, 0.0, ["dog", "park", "guitar"][i % 3], ""]),
    "edit of 3 sentences": ("edit", lambda i: [[sentence(i + k) for k in (0, 9, 20)], "woman", "man", 1.0, 0]),
    "label of a sentence": ("classify", lambda i: [[sentence(i)]]),
}


def cpu_seconds(process: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(address: str, name: str, arguments: list[Any]) -> Any:
    """What the studio answers."""
    body = json.dumps({"data": arguments}).encode()
    request = urllib.request.Request(f"{address}gradio_api/run/{name}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.load(answer)["data"][0]


def open_in_browser(address: str) -> None:
    """Wait until a gradient stands on the page, in a browser without a window."""
    from playwright.sync_api import sync_playwright

    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = opened.new_page()
        page.goto(address)
        page.wait_for_selector("#gradient .tg-lines", timeout=600_000)
        opened.close()


def main() -> None:
    """Start the studio, ask, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begun = time.monotonic()
    command = [sys.executable, "-m", "textgan", "studio", *sys.argv[1:], "--port", str(port), "--device", "cpu"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    address = f"http://127.0.0.1:{port}/"
    for line in process.stderr:
        if address in line:
            break
    print("| what | median, ms | CPU ms | first time, ms |\n| --- | --- | --- | --- |")
    print(f"| from the command to the address | {1000 * (time.monotonic() - begun):.0f} ", end="")
    print(f"| {1000 * cpu_seconds(process.pid):.0f} | |", flush=True)
    if find_spec("playwright"):
        open_in_browser(address)
        print(f"| to a gradient in the browser, its start too | {1000 * (time.monotonic() - begun):.0f} ", end="")
        print(f"| {1000 * cpu_seconds(process.pid):.0f} | |", flush=True)
    try:
        for title, (name, arguments) in ACTIONS.items():
            waits = []
            before = cpu_seconds(process.pid)
            for i in range(REPEATS):
                start = time.monotonic()
                ask(address, name, arguments(i))
                waits.append(1000 * (time.monotonic() - start))
                if i == 0:
                    before = cpu_seconds(process.pid)
            spent = 1000 * (cpu_seconds(process.pid) - before) / (REPEATS - 1)
            print(f"| {title} | {statistics.median(waits):.0f} | {spent:.0f} | {waits[0]:.0f} |", flush=True)
    finally:
        process.terminate()


if __name__ == "__main__":
    main()

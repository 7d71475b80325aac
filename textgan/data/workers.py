"""Processes that tokenize blocks, and the worker that runs in each.

They are started afresh rather than forked: the caller may have threads, and a copy of those hangs. The caller's own
program is not run again in them, so that a script or a notebook need not be written with that in mind.
"""

import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from textgan.data.blocks import DataBlock
from textgan.data.parts import Cutter, Reading, is_sound
from textgan.errors import UserError

logger = logging.getLogger("textgan")

_SAY_EVERY = 30.0  # seconds


class Task(NamedTuple):
    """A block to tokenize.

    Args:
        file: where its part is written.
        reading: what it is for.
        block: the records.
    """

    file: Path
    reading: Reading
    block: DataBlock


def tokenize_blocks(cutter: Cutter, tasks: Iterable[Task], processes: int) -> None:
    """Write the part of every block; those whose file is there, and whole, are left alone.

    Args:
        cutter: tokenizes.
        tasks: are taken one by one, a few more than are written at any time.
        processes: how many; with one, it is this one.

    Raises:
        UserError: a block cannot be read; of several the first one's error is raised.
    """
    waiting = _unwritten(tasks)
    if processes == 1:
        for task in waiting:
            cutter.part(task.reading, task.block).save(task.file)
        return
    _Crew(cutter, waiting, processes).work()


def _unwritten(tasks: Iterable[Task]) -> Iterator[Task]:
    """The tasks that are left to do; says now and then how far it is."""
    size = written = 0
    said = time.monotonic()
    for task in tasks:
        size += task.block.size
        if task.file.exists() and is_sound(task.file):
            written += task.block.size
        else:
            yield task
        if time.monotonic() - said > _SAY_EVERY:
            said = time.monotonic()
            logger.info("%s MB of text tokenized", f"{size / 1e6:,.0f}")
    if written:
        logger.info("of %s MB of text, %s MB were tokenized before", f"{size / 1e6:,.0f}", f"{written / 1e6:,.0f}")


class _Crew:
    """Processes, each served by a thread that hands it one task after the other."""

    def __init__(self, cutter: Cutter, tasks: Iterator[Task], processes: int):
        self.tasks = enumerate(tasks)
        self.lock = threading.Lock()
        self.errors: list[tuple[int, BaseException]] = []
        self.processes = [_start() for _ in range(processes)]
        self.cutter = pickle.dumps(cutter, pickle.HIGHEST_PROTOCOL)

    def work(self) -> None:
        threads = [threading.Thread(target=self._serve, args=(process,), daemon=True) for process in self.processes]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            for process in self.processes:
                process.kill()
                process.wait()
        if self.errors:
            raise min(self.errors, key=lambda error: error[0])[1]

    def _serve(self, process: "subprocess.Popen[bytes]") -> None:
        number = -1
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(self.cutter)
            while (numbered := self._next()) is not None:
                number, task = numbered
                answer = _ask(process.stdin, process.stdout, task)
                if answer is not None:
                    raise answer
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            self.errors.append((number, _ended(process.wait())))
        except BaseException as error:
            self.errors.append((number, error))

    def _next(self) -> tuple[int, Task] | None:
        with self.lock:  # one thread at a time reads the source
            if self.errors:
                return None
            try:
                return next(self.tasks, None)
            except BaseException as error:
                self.errors.append((sys.maxsize, error))  # blocks before it may turn out to be worse
                return None


def _ask(to: BinaryIO | Any, back: BinaryIO | Any, task: Task) -> BaseException | None:
    pickle.dump(task, to, pickle.HIGHEST_PROTOCOL)
    to.flush()
    answer: BaseException | None = pickle.load(back)
    return answer


def _ended(code: int) -> UserError:
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return UserError(
        f"a process that tokenizes ended ({how}); if memory was short, use fewer --threads; the same command goes on "
        "with what is tokenized already"
    )


def _start() -> "subprocess.Popen[bytes]":
    # sys.path is handed on, as textgan may have been found in a folder that only the caller knows.
    program = "import sys; sys.path[:] = sys.argv[1:]; from textgan.data.workers import serve; serve()"
    return subprocess.Popen([sys.executable, "-c", program, *sys.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def serve() -> None:
    """Work until there is nothing more on standard input, as when the caller is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the caller sees to it
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come among the answers
    try:
        cutter: Cutter = pickle.load(source)
        while True:
            pickle.dump(_answer(cutter, pickle.load(source)), answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
    except (EOFError, BrokenPipeError, pickle.UnpicklingError):
        os._exit(0)


def _answer(cutter: Cutter, task: Task) -> BaseException | None:
    try:
        cutter.part(task.reading, task.block).save(task.file)
    except Exception as error:
        return error
    return None

"""The command line. Output goes to stdout, messages to stderr; nothing here imports torch before the flags are read."""

import importlib
import logging
import os
import re
import sys
import traceback

from textgan.cli import streams
from textgan.files import expanded_names

COMMANDS = {
    "models": "list the models that come with textgan",
    "info": "print what a run or a saved model is",
    "studio": "open a page in the browser in which a model is seen at work",
    "sample": "write new sentences, or draw new images",
    "interpolate": "write what lies between two sentences, or draw what lies between two images",
    "reconstruct": "encode sentences or images, and decode them again",
    "train": "train a model of your own, or resume its training",
    "describe": "print how a model is trained, and its size",
    "plot": "draw a map of a model's codes, a run's curves, gradients as a picture",
    "compare": "put runs side by side: settings, measurements, curves, samples",
    "evaluate": "measure how good a model is",
    "score": "measure how good the sentences of a file are, whoever wrote them",
    "classify": "predict the labels of sentences, or of pairs of sentences",
    "edit": "add to sentences what other sentences have in common",
    "transfer": "rewrite sentences with another attribute, such as the other sentiment",
    "encode": "save the codes of sentences or images as a NumPy array",
}
"""Commands in the order in which a user meets them, each with a line of help."""

_USAGE = """usage: textgan COMMAND ...

Adversarial autoencoders for sentences and images: train a generator, sample, reconstruct, interpolate.

{commands}

textgan COMMAND --help says more, textgan COMMAND --help-all everything; textgan --print-completion bash (or zsh)
completes them in a shell. Start with what is trained already: textgan sample scenes -n 5
then train your own: textgan train arae --minutes 3, or with images: textgan train acai --minutes 5
"""


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit: 0 if all went well, 2 with one line on stderr for bad input, 1 for a failed run.

    Bad input is also a disk that is full or cannot be written, and sizes for which there is no memory.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    # Threads that spin while they wait make two busy processes crawl: 600 tokens/s instead of 3,500.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    streams.set_up()
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("textgan").setLevel(logging.INFO)
    from textgan.errors import NonFiniteLossError, SaidElsewhereError, UserError

    try:
        try:
            code = _run(arguments)
        finally:
            sys.stdout.flush()  # here, where a reader that has gone is no error; at exit Python would complain
        sys.exit(code)
    except SaidElsewhereError:
        sys.exit(2)
    except UserError as error:
        streams.abandon_output()
        if logging.getLogger("textgan").isEnabledFor(logging.DEBUG):
            traceback.print_exc()
        _say(str(error))
        sys.exit(2)
    except NonFiniteLossError as error:
        _say(str(error))
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        streams.abandon_output()
        sys.exit(0)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _say(f"{where}{error.strerror or error}; expected a place that can be read and written, with room")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except (MemoryError, RuntimeError) as error:
        if not _is_of_memory(error):
            raise
        _say(f"memory is short ({' '.join(str(error).split())[:200]}); expected smaller sizes, or less at a time")
        sys.exit(2)


def _say(text: str) -> None:
    """A message on one line; what a terminal would obey is written out."""
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in " ".join(text.split()))
    print(f"textgan: {escaped}", file=sys.stderr)


def _is_of_memory(error: Exception) -> bool:
    """Whether something asked for more memory than there is, or than can be counted."""
    signs = ("allocate memory", "out of memory", "Storage size calculation overflowed", "array is too big")
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in signs)


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "--help-all", "help"):
        print(_USAGE.format(commands="\n".join(f"  {name:<13}{text}" for name, text in COMMANDS.items())), end="")
        return 0
    command, rest = arguments[0], [_at_home(argument) for argument in arguments[1:]]
    if command == "--version":
        from textgan import __version__

        print(f"textgan {__version__}")
        return 0
    if command == "--print-completion":
        from textgan.cli.completion import print_completion

        return print_completion(rest)
    if command not in COMMANDS:
        from textgan.errors import UserError, did_you_mean

        near = did_you_mean(command, [*COMMANDS, "--print-completion", "--version"])
        raise UserError(f"command {command!r} is not known{near}; expected one of {', '.join(COMMANDS)}")
    code: int = importlib.import_module(f"textgan.cli.{command}").run(rest)
    return code


def _at_home(argument: str) -> str:
    """An argument that is a name under ~/, or a flag's value that is, written out; see `textgan.files.expanded`."""
    found = re.fullmatch(r"(--[\w.-]+=)?((?:hf:)?~[\w.-]*/.*)", argument, re.DOTALL)
    return (found[1] or "") + expanded_names(found[2]) if found else argument

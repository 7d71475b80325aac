"""`textgan studio`: a page in the browser in which a model is seen at work."""

import gc
import importlib.util
import logging
import socket

from textgan.cli.flags import add_device, parse, parser
from textgan.cli.help import CommandParser
from textgan.errors import UserError

logger = logging.getLogger("textgan")

_TEXT = """Open a page in the browser in which a model is seen at work: gradients between sentences, a map of them,
samples, edits, labels, the curves of its training. Without a name it is the model that comes with textgan. Nothing
leaves this machine. Needs pip install "textgan[studio]"."""
_PORT = 7860


def make_parser() -> CommandParser:
    """The flags of the command."""
    flags = parser("studio", _TEXT)
    what = "run folder, saved model or classifier, model that comes with textgan, or owner/name on the hub"
    flags.add_argument("run", nargs="?", default="scenes", help=f"{what}; default: scenes")
    flags.add_argument("--data", type=str | None, default=None, help="sentences to show; default: the training data")
    flags.add_argument("--host", type=str, default="127.0.0.1", help="address to serve; 0.0.0.0 lets others in")
    flags.add_argument("--port", type=int, default=_PORT, help="port to serve")
    flags.add_argument("--seed", type=int, default=0, help="random seed that the page begins with")
    flags.add_argument("--browser", action="store_true", help="open the page in the browser")
    add_device(flags)
    return flags


def run(arguments: list[str]) -> int:
    """Serve the page until Ctrl-C."""
    values = parse(make_parser(), arguments)
    if importlib.util.find_spec("gradio") is None:
        raise UserError('the studio needs gradio; pip install "textgan[studio]"')
    _check_port(values.host, values.port)
    from textgan.studio.app import build_page, start, wait
    from textgan.studio.studio import StudioContext

    page = build_page(StudioContext.open(values.run, values.device, values.data, values.seed))
    address = start(page, values.host, values.port)
    logger.info("the studio of %s is at %s (Ctrl-C ends it)", values.run, address)
    if values.browser:
        import webbrowser

        webbrowser.open(address)
    wait()
    page.close(verbose=False)
    gc.freeze()  # the end of the process need not go through all objects: seconds of a busy machine
    return 0


def _check_port(host: str, port: int) -> None:
    """Refuse a port that is taken, before anything is loaded.

    Raises:
        UserError: it is taken, or the host is not of this machine.
    """
    if not 0 < port < 1 << 16:
        raise UserError(f"--port is {port}; expected 1 to {(1 << 16) - 1}")
    try:
        place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(place[0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place[4])
    except OSError as error:
        free = f"another, such as --port {port + 1}" if port + 1 < 1 << 16 else "another --port"
        raise UserError(f"port {port} of {host} cannot be served ({error.strerror}); expected {free}") from error

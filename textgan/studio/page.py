"""What tabs are built with: an explanation, and answers to events, one at a time, whose errors are one line."""

import functools
import logging
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from textgan.errors import UserError, reason_of
from textgan.studio.studio import StudioContext

logger = logging.getLogger("textgan")


def introduce(text: str) -> None:
    """A sentence of explanation at the head of a tab."""
    import gradio as gr

    gr.HTML(f'<p class="tg-explanation">{escape(text)}</p>')


def answering(studio: StudioContext, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, as an answer to an event: it has the model to itself, and errors become one line on the page."""
    import gradio as gr

    @functools.wraps(function)
    def answered(*values: Any, **named: Any) -> Any:
        try:
            with studio.lock:
                return function(*values, **named)
        except UserError as error:
            raise gr.Error(_line(str(error)), title="", print_exception=False) from None
        except MemoryError as error:
            raise gr.Error(f"memory is short: {_line(reason_of(error))}", title="", print_exception=False) from None
        except Exception as error:
            logger.exception("the studio could not answer")
            what = f"{type(error).__name__}: {_line(reason_of(error))}; the terminal says more"
            raise gr.Error(what, title="", print_exception=False) from error

    return answered


def answer(
    studio: StudioContext,
    event: Callable[..., Any],
    function: Callable[..., Any],
    inputs: Sequence[Any] | None,
    outputs: Any,
    **options: Any,
) -> Any:
    """Let an event of a component be answered by a function.

    Args:
        studio: whose lock is taken.
        event: of a component, such as `button.click`.
        function: takes the values of `inputs`, gives those of `outputs`.
        inputs: components.
        outputs: components.
        options: more of Gradio's, such as `show_progress`.
    """
    usual = {
        "show_progress": "minimal",
        "api_visibility": "private",
        "concurrency_id": "model",
        "concurrency_limit": 1,
        "trigger_mode": "always_last",
    }
    return event(answering(studio, function), inputs, outputs, **{**usual, **options})


def _line(text: str) -> str:
    return escape(" ".join(text.split()))

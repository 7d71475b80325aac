"""What tabs are built with: an explanation, and answers to events, one at a time, whose errors are one line."""

import functools
import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from html import escape
from typing import Any

from textgan.errors import UserError, reason_of
from textgan.studio.studio import StudioContext

logger = logging.getLogger("textgan")


def introduce(text: str) -> None:
    """A sentence of explanation at the head of a tab."""
    import gradio as gr

    gr.HTML(f'<p class="tg-explanation">{escape(text)}</p>')


def answering(
    studio: StudioContext, function: Callable[..., Any], locked: bool = True, page: bool = True
) -> Callable[..., Any]:
    """The function, as an answer to an event: it has the model to itself, and errors become one line on the page.

    Args:
        studio: whose lock is taken.
        function: what answers.
        locked: whether it is taken; a function that takes long takes it itself, for a moment at a time.
        page: whether errors stand on the page, which reads them as HTML, or in JSON as they are.
    """
    import gradio as gr

    line = _line if page else _plain_line

    @functools.wraps(function)
    def answered(*values: Any, **named: Any) -> Any:
        try:
            with studio.lock if locked else nullcontext():
                return function(*values, **named)
        except UserError as error:
            raise gr.Error(line(str(error)), title="", print_exception=False) from None
        except MemoryError as error:
            raise gr.Error(f"memory is short: {line(reason_of(error))}", title="", print_exception=False) from None
        except Exception as error:
            logger.exception("the studio could not answer")
            what = f"{type(error).__name__}: {line(reason_of(error))}; the terminal says more"
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


def answer_once(
    studio: StudioContext, event: Callable[..., Any], function: Callable[..., Any], inputs: Sequence[Any], output: Any
) -> Any:
    """As `answer`, for each visitor the first time only: what is there already stays as it is."""
    import gradio as gr

    done = gr.State(False)

    def first(is_done: bool, *values: Any) -> Any:
        return (True, gr.skip()) if is_done else (True, function(*values))

    return answer(studio, event, first, [done, *inputs], [done, output])


def answer_then(
    studio: StudioContext,
    event: Callable[..., Any],
    first: tuple[Callable[..., Any], Sequence[Any], Any],
    second: tuple[Callable[..., Any], Sequence[Any], Any],
) -> None:
    """Answer at once, and go on with what takes longer, during which others may use the model.

    Args:
        studio: whose lock is taken, by the first alone.
        event: of a component.
        first: function, inputs, outputs.
        second: the same, after the first.
    """
    begun = answer(studio, event, *first)
    function, inputs, outputs = second
    begun.success(
        answering(studio, function, locked=False),
        inputs,
        outputs,
        show_progress="hidden",
        api_visibility="private",
        concurrency_id="reading",
        trigger_mode="always_last",
    )


def _line(text: str) -> str:
    return escape(_plain_line(text))


def _plain_line(text: str) -> str:
    return " ".join(text.split())

"""What a label means, however it is spelled: one rule for tables, names of files and folders, and the estimator."""

import re
import unicodedata
from typing import Any

from textgan.errors import UserError

_WHOLE = re.compile(r"\+?(-?[0-9]+)\.0*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MISSING = frozenset(["", "nan", "+nan", "-nan", "<na>", "n/a", "#n/a", "null", "-1"])


def label_of(value: Any, where: str) -> str | None:
    """The name of a class: 1, 1.0, "1.0" and " 1" are all "1"; None: there is no label.

    Blanks around a name go, and those in it become one space; letters are composed (Unicode NFC). There is no label
    where pandas writes or reads none ("", nan, <NA>, null ...), and where it is -1, as in scikit-learn.

    Args:
        value: a string, number or None, as a file or a caller gave it.
        where: file and line, for the error message.

    Raises:
        UserError: it is something else, or text that is no text.
    """
    if is_missing(value):
        return None
    if not isinstance(value, str | int | float):
        raise UserError(f"{where} is {value!s:.40}; expected a string or a number as label")
    try:
        text = str(value)
    except ValueError:  # of thousands of digits
        raise UserError(f"{where} is a number of thousands of digits; expected a label") from None
    if _SURROGATE.search(text):
        raise UserError(f"{where} holds half a surrogate pair, which is no character; repair the label")
    text = unicodedata.normalize("NFC", " ".join(_INVISIBLE.sub("", _CONTROL.sub(" ", text)).split()))
    whole = _WHOLE.fullmatch(text)
    text = whole[1] if whole else text
    text = "0" if text == "-0" else text
    return None if text.casefold() in _MISSING else text


def is_missing(value: Any) -> bool:
    """Whether a value is None, NaN, or one that does not say whether it equals itself (pandas' NA)."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True

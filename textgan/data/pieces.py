"""Learning the pieces of words with sentencepiece."""

import io
import itertools
import re
from collections.abc import Iterable, Iterator

from textgan.data.config import SettledDataConfig
from textgan.data.specials import BOS, EOS, PAD, SPECIALS, UNK
from textgan.errors import UserError

_MAX_SENTENCES = 2_000_000  # sentencepiece holds its training sentences in memory
_MAX_BYTES = 1 << 16  # it leaves out longer sentences

WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)
"""A character of scripts that are written without spaces: Thai and Lao, Myanmar, Khmer, Kana, Han."""


def learn_pieces(config: SettledDataConfig, texts: Iterable[str]) -> bytes:
    """A sentencepiece model, serialized, that loses nothing: any text can be spelled in its pieces and bytes.

    Args:
        config: `tokenizer` is unigram or bpe; `vocab_size` counts all pieces, and a small corpus gets fewer.
        texts: sentences; the first two million are learned from.

    Raises:
        UserError: vocab_size is too small for the bytes and letters.
    """
    import sentencepiece

    model = io.BytesIO()
    guarded = _Guarded(itertools.islice(texts, _MAX_SENTENCES))
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(guarded),
            model_writer=model,
            model_type=config.tokenizer,
            vocab_size=config.vocab_size,
            hard_vocab_limit=False,
            max_sentence_length=_MAX_BYTES,
            byte_fallback=True,
            required_chars="\u2581",  # the space: spelled in bytes it would come back as U+2581
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            pad_id=PAD,
            bos_id=BOS,
            eos_id=EOS,
            unk_id=UNK,
            pad_piece=SPECIALS[PAD],
            unk_surface=SPECIALS[UNK],
            num_threads=1,
            minloglevel=3,
        )
    except (RuntimeError, OSError) as error:
        raise guarded.error or _explain_pieces(config, str(error)) from error
    return model.getvalue()


class _Guarded:
    """Keeps the error of an iterator, of which sentencepiece passes on no more than the text of its traceback."""

    def __init__(self, texts: Iterable[str]):
        self.texts = texts
        self.error: Exception | None = None

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self.texts
        except Exception as error:
            self.error = error
            raise


def _explain_pieces(config: SettledDataConfig, reason: str) -> UserError:
    needed = re.search(r"(\d+) vs (\d+)", reason)
    least = needed[2] if needed else str(len(SPECIALS) + 256 + 1)
    if needed or config.vocab_size < int(least):
        return UserError(
            f"vocab_size {config.vocab_size} with tokenizer {config.tokenizer}; expected {least} or more: "
            "4 specials, 256 bytes and the letters of the corpus"
        )
    return UserError(
        f"sentencepiece cannot learn {config.tokenizer} pieces from this corpus ({' '.join(reason.split())[-200:]}); "
        f"are all sentences over {_MAX_BYTES:,} bytes?"
    )

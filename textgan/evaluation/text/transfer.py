"""Attribute transfer: whether sentences take another label, and what is left of what they said."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from textgan.data.labelled import examples
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.errors import UserError
from textgan.evaluation.report import Numbers, spread
from textgan.evaluation.text.classification import labels_of, vectorizer, words_of
from textgan.evaluation.text.ngram import KneserNey, perplexity
from textgan.evaluation.text.words import as_words
from textgan.sampling import SentenceModel


def transfer(
    model: SentenceModel,
    train: TokenFile,
    held: TokenFile,
    words: WordTokenizer,
    of_real: KneserNey,
    limit: int,
) -> tuple[Numbers, Numbers, dict[str, str]]:
    """Held-out sentences rewritten with every label that they do not have (Zhao et al. 2018, section 5.4).

    Args:
        model: exchanges labels.
        train: real sentences with labels, from which the judge learns.
        held: held-out sentences with labels.
        words: the judges' vocabulary.
        of_real: n-gram model of real text.
        limit: most held-out sentences that are used.

    Returns:
        transfer_accuracy by a classifier that never saw the model, judge_accuracy (its own on the held-out sentences),
        transfer_bleu to the sources, transfer_perplexity, transfer_reverse_perplexity (of one half of the sources by a
        model of the other half rewritten); the same of copies; notes.

    Raises:
        UserError: no held-out sentence has a label.
    """
    import sacrebleu

    rows = examples(held)
    rows = rows[spread(len(rows), limit)]
    if not len(rows):
        raise UserError("no held-out sentence has a label; expected some to transfer")
    sources, labels = [held.text(row) for row in rows], labels_of(held, rows, model.labels)
    judge = Judge(train, model.labels)
    mirrored = as_words(sources[1::2], words)  # the reverse judge learns from the others, rewritten or copied
    written, copied, wanted, halves = [], [], [], []
    for target in range(len(model.labels)):
        places = np.flatnonzero(labels != target)
        chosen = [sources[place] for place in places]
        written += model.transfer(chosen, model.labels[target])
        copied += chosen
        wanted += [target] * len(chosen)
        halves += [place % 2 == 0 for place in places]
    bleu = sacrebleu.BLEU(tokenize="none", force=True)

    def numbers(texts: Sequence[str]) -> Numbers:
        cut = as_words(texts, words)
        half = as_words([text for text, learned in zip(texts, halves, strict=True) if learned], words)
        return {
            "transfer_accuracy": float((judge.classes(texts) == wanted).mean()),
            "transfer_bleu": float(bleu.corpus_score(list(texts), [copied]).score),
            "transfer_perplexity": perplexity(of_real, cut).perplexity,
            "transfer_reverse_perplexity": perplexity(KneserNey(half), mirrored).perplexity,
        }

    rewritten, copies = numbers(written), numbers(copied)
    own = {"judge_accuracy": float((judge.classes(sources) == labels).mean())}
    notes = {
        "transfer": f"{len(rows):,} held-out sentences, each to every other label, greedily; beside it copies",
        "transfer_judge": f"logistic regression on TF-IDF of words and their pairs, {len(examples(train)):,} of train",
        "transfer_bleu_signature": str(bleu.get_signature()),
    }
    return rewritten | own, copies, notes


class Judge:
    """An independent classifier of sentences: logistic regression on TF-IDF of words and pairs of neighbouring words.

    Args:
        train: real sentences with labels.
        names: of the labels, in the model's order.
    """

    def __init__(self, train: TokenFile, names: tuple[str, ...]) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        rows = examples(train)
        self._pipeline: Any = make_pipeline(vectorizer(), LogisticRegression(C=10.0, max_iter=1000))
        self._pipeline.fit([words_of(train.text(row)) for row in rows], labels_of(train, rows, names))

    def classes(self, texts: Sequence[str]) -> np.ndarray:
        """The likeliest label of each text, a place among the names, (n,)."""
        return np.asarray(self._pipeline.predict([words_of(text) for text in texts]))

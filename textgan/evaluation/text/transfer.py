"""Attribute transfer: whether sentences take another label, and whether they keep their content."""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from textgan.data.labeled import examples
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.errors import UserError
from textgan.evaluation.measurements import Metrics, spread
from textgan.evaluation.text.classification import label_indices, lower_words, vectorizer
from textgan.evaluation.text.kneser_ney import KneserNey, perplexity
from textgan.evaluation.text.words import as_words
from textgan.sampling import SentenceModel
from textgan.settings import Decoding


class TransferPoint(NamedTuple):
    """Rewrites of a model at one weight of guidance.

    Args:
        guidance: of the decoder.
        accuracy: share of rewritten sentences that an independent classifier gives the new label.
        bleu: of the rewritten to the sources, 0 to 100.
        perplexity: of the rewritten, by a model of real text.
        reverse_perplexity: of one half of the sources by a model of the other half rewritten.
    """

    guidance: float
    accuracy: float
    bleu: float
    perplexity: float
    reverse_perplexity: float

    def metrics(self) -> Metrics:
        """The metrics by their names in a report."""
        return _named({name: value for name, value in self._asdict().items() if name != "guidance"})


class Transfer:
    """Held-out sentences to rewrite with every label that they do not have, and models that evaluate the result.

    The protocol of Zhao et al. 2018, section 5.4, with an independent classifier.

    Args:
        labels: names of the model's labels.
        train: real sentences with labels, from which the classifier learns; those labels that it has are given.
        held: held-out sentences with labels.
        words: vocabulary of the n-gram models.
        of_real: n-gram model of real text.
        limit: most held-out sentences that are used.
        seed: of sampling, with a temperature above 0.

    Raises:
        UserError: fewer than two held-out sentences have a label, or the train sentences fewer than two labels.
    """

    def __init__(
        self,
        labels: tuple[str, ...],
        train: TokenFile,
        heldout: TokenFile,
        words: WordTokenizer,
        real_ngram_model: KneserNey,
        limit: int,
        seed: int = 0,
    ) -> None:
        import sacrebleu

        rows = examples(heldout)
        rows = rows[spread(len(rows), limit)]
        if len(rows) < 2:
            raise UserError(f"{len(rows)} held-out sentences have a label; expected two or more to transfer")
        self.labels, self.words, self.real_ngram_model, self.seed = labels, words, real_ngram_model, seed
        self.sources, self.truth = [heldout.text(row) for row in rows], label_indices(heldout, rows, labels)
        self.classifier = AttributeClassifier(train, labels)
        if len(self.classifier.known) < 2:
            raise UserError("the train sentences have one label; expected two or more to transfer")
        # The reverse model is trained on the others, rewritten or copied.
        self._mirrored = as_words(self.sources[1::2], words)
        self._bleu = sacrebleu.BLEU(tokenize="none", force=True)
        self._places = {target: np.flatnonzero(self.truth != target) for target in self.classifier.known}

    @cached_property
    def classifier_accuracy(self) -> float:
        """Of the classifier, on the sources."""
        return float((self.classifier.classes(self.sources) == self.truth).mean())

    @cached_property
    def copied(self) -> Metrics:
        """Metrics of unchanged sentences, by the names of a report."""
        return _named(self._measured({target: self._sources(target) for target in self._places}))

    def rewritten(self, model: SentenceModel, decoding: Decoding) -> TransferPoint:
        """Metrics of sentences that a model rewrites."""
        rewrites = {k: model.transfer(self._sources(k), self.labels[k], self.seed, decoding) for k in self._places}
        guidance = model.network.guidance if decoding.guidance is None else decoding.guidance
        return TransferPoint(guidance, **self._measured(rewrites))

    def curve(self, model: SentenceModel, decoding: Decoding, guidances: Sequence[float]) -> list[TransferPoint]:
        """The same at each weight of guidance, which trades content for the label."""
        return [self.rewritten(model, dataclasses.replace(decoding, guidance=weight)) for weight in guidances]

    def notes(self, point: TransferPoint) -> dict[str, str]:
        """What the metrics depend on."""
        names = ", ".join(self.labels[target] for target in self._places)
        classifier = "logistic regression on TF-IDF of words and bigrams"
        return {
            "transfer": f"{len(self.sources):,} held-out sentences, each with every other label of {names}, "
            f"guidance {point.guidance:g}; real: unchanged copies",
            "transfer_classifier": f"{classifier}, trained on {self.classifier.learned:,} sentences of train",
            "transfer_bleu_signature": str(self._bleu.get_signature()),
        }

    def _sources(self, target: int) -> list[str]:
        return [self.sources[place] for place in self._places[target]]

    def _measured(self, rewrites: Mapping[int, Sequence[str]]) -> Metrics:
        """Metrics of the rewrites for each label."""
        texts = [text for part in rewrites.values() for text in part]
        sources = [text for target in rewrites for text in self._sources(target)]
        wanted = np.repeat(list(rewrites), [len(part) for part in rewrites.values()])
        learned = np.concatenate(list(self._places.values())) % 2 == 0
        as_tokens = as_words(texts, self.words)
        half = as_tokens.subset(np.flatnonzero(learned))
        return {
            "accuracy": float((self.classifier.classes(texts) == wanted).mean()),
            "bleu": float(self._bleu.corpus_score(texts, [sources]).score),
            "perplexity": perplexity(self.real_ngram_model, as_tokens).perplexity,
            "reverse_perplexity": perplexity(KneserNey(half), self._mirrored).perplexity,
        }


def _named(metrics: Mapping[str, float]) -> Metrics:
    return {f"transfer_{name}": value for name, value in metrics.items()}


class AttributeClassifier:
    """An independent classifier of sentences: logistic regression on TF-IDF of words and pairs of neighbouring words.

    Args:
        train: real sentences with labels.
        names: of the labels, in the model's order.
    """

    def __init__(self, train: TokenFile, names: tuple[str, ...]) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        rows = examples(train)
        labels = label_indices(train, rows, names)
        self.learned, self.known = len(rows), np.unique(labels).tolist()
        self._pipeline: Any = make_pipeline(vectorizer(), LogisticRegression(C=10.0, max_iter=1000))
        if len(self.known) > 1:
            self._pipeline.fit([lower_words(train.text(row)) for row in rows], labels)

    def classes(self, texts: Sequence[str]) -> np.ndarray:
        """The likeliest label of each text, a place among the names, (n,)."""
        return np.asarray(self._pipeline.predict([lower_words(text) for text in texts]))

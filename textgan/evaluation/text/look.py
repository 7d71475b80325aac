"""The quick look during training."""

import logging
from functools import cached_property

import torch

from textgan.data.labelled import examples
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.evaluation.report import Numbers
from textgan.evaluation.text.classification import scores, tell
from textgan.evaluation.text.copying import diversity
from textgan.evaluation.text.ngram import KneserNey, perplexity
from textgan.evaluation.text.reconstruction import batches, code_moments, teacher_forced
from textgan.evaluation.text.words import as_words, vocabulary_of
from textgan.sampling import SentenceModel, at_rest

log = logging.getLogger("textgan")

BEST_BY = "valid.reverse_perplexity"
"""The measurement by which the best model of a run is kept; lower is better."""

BEST_CLASSIFIER_BY = "valid.error"
"""The same where labels are learned: the share of labelled validation examples told wrong."""

_WRITTEN = 5000
_HELD_OUT = 1 << 15  # a look at a large corpus must not take minutes


class Look:
    """Measures a model now and then, always on the same sentences.

    Args:
        model: the model.
        train: the sentences that it learns from; the judges' vocabulary is theirs.
        valid: held-out sentences, of which at most 32,768 are looked at.
        limit: most of them that are reconstructed.
        samples: sentences written, greedily where there are codes, and codes drawn.
    """

    def __init__(self, model: SentenceModel, train: TokenFile, valid: TokenFile, limit: int = 2000, samples: int = 500):
        self.model, self.valid, self.limit, self.samples = model, valid.some(_HELD_OUT), limit, samples
        if len(self.valid) < len(valid):
            log.info("looks are at %s of %s validation sentences", f"{len(self.valid):,}", f"{len(valid):,}")
        self.train = train

    @cached_property
    def words(self) -> WordTokenizer:
        """The judges' vocabulary."""
        return vocabulary_of(self.train, self.model.tokenizer.vocab_size)

    @cached_property
    def held_out(self) -> TokenFile:
        """Held-out sentences in these words."""
        return as_words([self.valid.text(i) for i in range(len(self.valid))], self.words)

    def __call__(self) -> Numbers:
        """The numbers under the names of metrics.jsonl."""
        model = self.model
        numbers = teacher_forced(model.game, self.valid, self.limit)
        written = model.sample_ids(self.samples, seed=0)
        return {
            "valid.reconstruction_nll": numbers["reconstruction_nll"],
            "valid.token_accuracy": numbers["token_accuracy"],
            **self._decisive(),
            "samples.unique": diversity([model.tokenizer.decode(ids) for ids in written])["unique"],
            "samples.length": sum(map(len, written)) / max(len(written), 1),
            **(self._codes() if model.code_dim else {}),
        }

    def _decisive(self) -> Numbers:
        """What the best model is known by: errors where labels are learned, else the perplexity, which takes longer."""
        game = self.model.game
        if game.classifies and not game.conditional and len(examples(self.valid)):
            return self._errors()
        return {BEST_BY: self.reverse_perplexity()}

    def _errors(self) -> Numbers:
        numbers = scores(tell(self.model.game, self.valid))
        return {BEST_CLASSIFIER_BY: 1 - numbers["accuracy"], "valid.classification_nll": numbers["classification_nll"]}

    def reverse_perplexity(self) -> float:
        """Of held-out sentences, by an n-gram model of what the model writes at temperature 1."""
        written = self.model.sample(_WRITTEN, seed=0, temperature=1.0)
        judge = KneserNey(as_words(written, self.words))
        return perplexity(judge, self.held_out).perplexity

    def _codes(self) -> Numbers:
        with at_rest(self.model.game, seed=0) as game:
            z_fake = game.prior(self.samples)
            z = torch.cat([game.encode(batch.to(game.device)) for _, batch in batches(self.valid, self.samples)])
        norm, variance = code_moments(z_fake)
        return {
            "codes.norm_generated": norm,
            "codes.variance_generated": variance,
            "codes.variance_real": code_moments(z)[1],
        }

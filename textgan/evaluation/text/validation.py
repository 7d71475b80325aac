"""The quick look during training, which also chooses the temperature of samples."""

from collections.abc import Mapping
from functools import cached_property

import torch

from textgan.data.labeled import examples
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.evaluation.measurements import Numbers, spread
from textgan.evaluation.text.classification import predict, scores
from textgan.evaluation.text.health import settings_of, watched_vitals
from textgan.evaluation.text.kneser_ney import KneserNey, perplexity
from textgan.evaluation.text.reconstruction import batches, code_distance, code_moments, teacher_forced
from textgan.evaluation.text.statistics import diversity, lengths
from textgan.evaluation.text.temperature import TEMPERATURES, Written, best_temperature, cost
from textgan.evaluation.text.words import as_words, vocabulary_of
from textgan.sampling import SentenceModel, inference

BEST_BY = "samples.cost"
"""The measurement by which the best model of a run is kept; lower is better."""

BEST_CLASSIFIER_BY = "valid.error"
"""The same where labels are learned: the share of labeled validation examples told wrong."""

_JUDGE, _CODES = 20_000, 500
_HELD_OUT = 1 << 15  # a look at a large corpus must not take minutes


class TextValidation:
    """Measures a model now and then, always on the same sentences.

    A look chooses the model's usual temperature, see `best_temperature`: what it measures of samples is measured of
    those that a user gets. It says the same of the same weights, whatever earlier looks said.

    Args:
        model: the model, whose usual temperature is set.
        train: the sentences that it learns from; the judges' vocabulary is theirs.
        valid: held-out sentences, of which at most 32,768 are looked at.
        limit: most of them that are used.
        samples: sentences written at each temperature that is tried.
        writes: whether the model learns to write at all; a purely supervised classifier does not.
    """

    def __init__(
        self,
        model: SentenceModel,
        train: TokenFile,
        valid: TokenFile,
        limit: int = 2000,
        samples: int = 1000,
        writes: bool = True,
    ) -> None:
        self.model, self.valid, self.limit, self.samples = model, valid.some(_HELD_OUT), limit, samples
        self.train, self.writes = train, writes

    @cached_property
    def _real(self) -> list[str]:
        """Train sentences for the judge of real text: of many a part."""
        return [self.train.text(int(i)) for i in spread(len(self.train), _JUDGE)]

    @cached_property
    def words(self) -> WordTokenizer:
        """The judges' vocabulary."""
        return vocabulary_of(self.train, self.model.tokenizer.vocab_size)

    @cached_property
    def held_out(self) -> TokenFile:
        """Held-out sentences in these words."""
        return as_words([self.valid.text(int(i)) for i in spread(len(self.valid), self.limit)], self.words)

    @cached_property
    def _judge(self) -> KneserNey:
        return KneserNey(as_words(self._real, self.words))

    @cached_property
    def _peers(self) -> list[str]:
        """Real sentences, as many as are written if there are so many."""
        return [self._real[i] for i in spread(len(self._real), self.samples)]

    @cached_property
    def _of_real(self) -> Written:
        """Real text in place of samples: both perplexities."""
        reverse = perplexity(KneserNey(as_words(self._peers, self.words)), self.held_out)
        return Written(1.0, perplexity(self._judge, self.held_out).perplexity, reverse.perplexity)

    @cached_property
    def real(self) -> Numbers:
        """What samples should be like, under the names of `textgan evaluate`."""
        return {"unique": diversity(self._peers)["unique"], **lengths(self.held_out)}

    def reference(self) -> Numbers:
        """The same as of samples of real sentences, as many, under the names of metrics.jsonl."""
        if not self.writes:
            return {}
        return {
            "samples.forward_perplexity": self._of_real.forward_perplexity,
            "samples.reverse_perplexity": self._of_real.reverse_perplexity,
            "samples.unique": self.real["unique"],
            "samples.mean_length": self.real["mean_length"],
        }

    def __call__(self) -> Numbers:
        """The numbers under the names of metrics.jsonl."""
        model = self.model
        return {
            **(self._foretold() if model.game.foretells else {}),
            **(self._errors() if self._tells else {}),
            **(self._samples() if self.writes else {}),
            **(self._codes() if self.writes and model.code_dim else {}),
        }

    def _foretold(self) -> Numbers:
        numbers = teacher_forced(self.model.game, self.valid, self.limit)
        nll = "valid.reconstruction_nll" if self.model.code_dim else "valid.nll"
        return {nll: numbers["reconstruction_nll"], "valid.token_accuracy": numbers["token_accuracy"]}

    def findings(
        self, numbers: Mapping[str, float], rounds: int, epochs: float, pretrain_rounds: int | None
    ) -> list[str]:
        """What is wrong with a model of these numbers; see `Vitals`."""
        if not self.writes:
            return []
        vitals = watched_vitals(numbers, self.real, self.samples, rounds, epochs, pretrain_rounds)
        return vitals.findings(settings_of(self.model.config))

    @property
    def _tells(self) -> bool:
        game = self.model.game
        return game.classifies and not game.conditional and len(examples(self.valid)) > 0

    def _errors(self) -> Numbers:
        numbers = scores(predict(self.model.game, self.valid))
        return {BEST_CLASSIFIER_BY: 1 - numbers["accuracy"], "valid.classification_nll": numbers["classification_nll"]}

    def _samples(self) -> Numbers:
        """Of sentences at the usual temperature, which is chosen first."""
        written: dict[float, list[str]] = {}

        def write(temperature: float) -> Written:
            written[temperature] = self.model.sample(self.samples, seed=0, temperature=temperature)
            return self._judged(temperature, written[temperature])

        coded = self.model.code_dim > 0
        candidates = [t for t in TEMPERATURES if t > 0 or coded]
        chosen = best_temperature(write, candidates, self._of_real, coded)
        self.model.game.sampling_temperature = chosen.temperature
        sentences = written[chosen.temperature]
        return {
            "samples.temperature": chosen.temperature,
            "samples.forward_perplexity": chosen.forward_perplexity,
            "samples.reverse_perplexity": chosen.reverse_perplexity,
            "samples.excess_nll": chosen.excess_nll(self._of_real),
            BEST_BY: cost(chosen, self._of_real, coded),
            "samples.unique": diversity(sentences)["unique"],
            "samples.mean_length": lengths(as_words(sentences, self.words))["mean_length"],
        }

    def _judged(self, temperature: float, sentences: list[str]) -> Written:
        text = as_words(sentences, self.words)
        forward, reverse = perplexity(self._judge, text), perplexity(KneserNey(text), self.held_out)
        return Written(temperature, forward.perplexity, reverse.perplexity)

    def _codes(self) -> Numbers:
        with inference(self.model.game, seed=0) as game:
            z_fake = game.prior(_CODES)
            z = torch.cat([game.encode(batch.to(game.device)) for _, batch in batches(self.valid, _CODES)])
        (norm, variance), (real_norm, real_variance) = code_moments(z_fake), code_moments(z)
        return {
            "codes.norm_generated": norm,
            "codes.norm_real": real_norm,
            "codes.variance_generated": variance,
            "codes.variance_real": real_variance,
            "codes.distance": code_distance(z_fake, z),
        }

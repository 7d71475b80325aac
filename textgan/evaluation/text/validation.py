"""Validation during training, which also chooses the temperature of samples."""

from collections.abc import Mapping
from functools import cached_property

import torch

from textgan.capabilities import has_logits, learns_labels
from textgan.data.labeled import examples
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.evaluation.measurements import Metrics, spread
from textgan.evaluation.text.classification import predict, scores
from textgan.evaluation.text.health import settings_of, vitals_in_training
from textgan.evaluation.text.kneser_ney import KneserNey, perplexity
from textgan.evaluation.text.reconstruction import code_distance, norm_and_variance, sentence_batches, teacher_forced
from textgan.evaluation.text.statistics import diversity, length_statistics
from textgan.evaluation.text.temperature import (
    TEMPERATURES,
    WITHOUT_CODES,
    SampleQuality,
    best_temperature,
    temperature_cost,
)
from textgan.evaluation.text.words import as_words, corpus_vocabulary
from textgan.sampling import SentenceModel, inference

BEST_BY = "samples.cost"
"""The metric by which the best model of a run is kept; lower is better."""

BEST_CLASSIFIER_BY = "valid.error"
"""The same of a classifier: the share of labeled validation examples with a wrong prediction."""

_REAL, _CODES = 20_000, 500
_HELD_OUT = 1 << 15  # validation on a large corpus must not take minutes


class TextValidation:
    """Validates a model now and then, always on the same sentences.

    It chooses the model's usual temperature, see `best_temperature`, so that metrics of samples are of the samples that
    a user gets. They depend on the weights alone, not on earlier validations.

    Args:
        model: the model, whose usual temperature is set.
        train: training sentences, from which the vocabulary of the metrics is built.
        valid: held-out sentences, of which at most 32,768 are used.
        limit: most of them that are used.
        samples: sentences sampled at each candidate temperature.
        generates: whether the model learns to generate sentences; a purely supervised classifier does not.
    """

    def __init__(
        self,
        model: SentenceModel,
        train: TokenFile,
        valid: TokenFile,
        limit: int = 2000,
        samples: int = 1000,
        generates: bool = True,
    ) -> None:
        self.model, self.valid, self.limit, self.samples = model, valid.some(_HELD_OUT), limit, samples
        self.train, self.generates = train, generates

    @cached_property
    def _real(self) -> list[str]:
        """Train sentences for the n-gram model of real text, at most 20,000."""
        return [self.train.text(int(i)) for i in spread(len(self.train), _REAL)]

    @cached_property
    def words(self) -> WordTokenizer:
        """The vocabulary of the metrics."""
        return corpus_vocabulary(self.train, self.model.tokenizer.vocab_size)

    @cached_property
    def heldout(self) -> TokenFile:
        """Held-out sentences in these words."""
        return as_words([self.valid.text(int(i)) for i in spread(len(self.valid), self.limit)], self.words)

    @cached_property
    def _real_ngram_model(self) -> KneserNey:
        return KneserNey(as_words(self._real, self.words))

    @cached_property
    def _real_sample(self) -> list[str]:
        """As many real sentences as samples, if there are so many."""
        return [self._real[i] for i in spread(len(self._real), self.samples)]

    @cached_property
    def _real_quality(self) -> SampleQuality:
        """Both perplexities of real text."""
        reverse = perplexity(KneserNey(as_words(self._real_sample, self.words)), self.heldout)
        return SampleQuality(1.0, perplexity(self._real_ngram_model, self.heldout).perplexity, reverse.perplexity)

    @cached_property
    def real(self) -> Metrics:
        """What samples should be like, under the names of `textgan evaluate`."""
        return {"unique": diversity(self._real_sample)["unique"], **length_statistics(self.heldout)}

    def reference(self) -> Metrics:
        """The same as of samples of real sentences, as many, under the names of metrics.jsonl."""
        if not self.generates:
            return {}
        return {
            "samples.forward_perplexity": self._real_quality.forward_perplexity,
            "samples.reverse_perplexity": self._real_quality.reverse_perplexity,
            "samples.unique": self.real["unique"],
            "samples.mean_length": self.real["mean_length"],
        }

    def __call__(self) -> Metrics:
        """The metrics under the names of metrics.jsonl."""
        model = self.model
        return {
            **(self._teacher_forced() if has_logits(model.network) else {}),
            **(self._errors() if self._predicts_labels else {}),
            **(self._samples() if self.generates else {}),
            **(self._codes() if self.generates and model.code_dim else {}),
        }

    def _teacher_forced(self) -> Metrics:
        metrics = teacher_forced(self.model.network, self.valid, self.limit)
        nll = "valid.reconstruction_nll" if self.model.code_dim else "valid.nll"
        return {nll: metrics["reconstruction_nll"], "valid.token_accuracy": metrics["token_accuracy"]}

    def findings(
        self, metrics: Mapping[str, float], rounds: int, epochs: float, pretrain_rounds: int | None
    ) -> list[str]:
        """What is wrong with a model of these metrics; see `Vitals`."""
        if not self.generates:
            return []
        vitals = vitals_in_training(metrics, self.real, self.samples, rounds, epochs, pretrain_rounds)
        return vitals.findings(settings_of(self.model.config))

    @property
    def _predicts_labels(self) -> bool:
        return learns_labels(self.model.network) and len(examples(self.valid)) > 0

    def _errors(self) -> Metrics:
        metrics = scores(predict(self.model.network, self.valid))
        return {BEST_CLASSIFIER_BY: 1 - metrics["accuracy"], "valid.classification_nll": metrics["classification_nll"]}

    def _samples(self) -> Metrics:
        """Of sentences at the usual temperature, which is chosen first."""
        samples: dict[float, list[str]] = {}

        def sample(temperature: float) -> SampleQuality:
            samples[temperature] = self.model.sample(self.samples, seed=0, temperature=temperature)
            return self._quality(temperature, samples[temperature])

        has_codes = self.model.code_dim > 0
        candidates = TEMPERATURES if has_codes else WITHOUT_CODES
        chosen = best_temperature(sample, candidates, self._real_quality, has_codes)
        self.model.network.sampling_temperature = chosen.temperature
        sentences = samples[chosen.temperature]
        return {
            "samples.temperature": chosen.temperature,
            "samples.forward_perplexity": chosen.forward_perplexity,
            "samples.reverse_perplexity": chosen.reverse_perplexity,
            "samples.excess_nll": chosen.excess_nll(self._real_quality),
            BEST_BY: temperature_cost(chosen, self._real_quality, has_codes),
            "samples.unique": diversity(sentences)["unique"],
            "samples.mean_length": length_statistics(as_words(sentences, self.words))["mean_length"],
        }

    def _quality(self, temperature: float, sentences: list[str]) -> SampleQuality:
        text = as_words(sentences, self.words)
        forward, reverse = perplexity(self._real_ngram_model, text), perplexity(KneserNey(text), self.heldout)
        return SampleQuality(temperature, forward.perplexity, reverse.perplexity)

    def _codes(self) -> Metrics:
        with inference(self.model.network, seed=0) as game:
            z_fake = game.prior(_CODES)
            z = torch.cat([game.encode(batch.to(game.device)) for _, batch in sentence_batches(self.valid, _CODES)])
        (norm, variance), (real_norm, real_variance) = norm_and_variance(z_fake), norm_and_variance(z)
        return {
            "codes.norm_generated": norm,
            "codes.norm_real": real_norm,
            "codes.variance_generated": variance,
            "codes.variance_real": real_variance,
            "codes.distance": code_distance(z_fake, z),
        }

"""What the metrics of sentences share: generated and real sentences in one vocabulary, and reference models."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from textgan.data.corpus import Corpus
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.errors import UserError
from textgan.evaluation.measurements import Metrics, spread
from textgan.evaluation.text.classification import Predictions, predict
from textgan.evaluation.text.kneser_ney import KneserNey
from textgan.evaluation.text.paths import interpolation
from textgan.evaluation.text.reference_lm import SHORT_LM, ReferenceLM, ReferenceLMConfig
from textgan.evaluation.text.train_lm import open_reference_lm
from textgan.evaluation.text.transfer import Transfer
from textgan.evaluation.text.words import as_words, build_vocabulary, unknown_share
from textgan.sampling import SentenceModel
from textgan.settings import Decoding


@dataclass(frozen=True)
class TextEvaluation:
    """Sentences of any source, and the real ones that they are compared with.

    Args:
        sentences: to evaluate.
        reference: the real text; reference models are trained on its train split.
        split: of the held-out sentences, valid or test.
        words: size of the vocabulary of all metrics, the most frequent words of train.
        limit: most held-out sentences to use.
        seed: of all that is random in a metric.
        feature_lm_config: of the LSTM that gives features.
        perplexity_lm_config: of the LSTM that gives perplexities.
        data: name of the reference.
        model: which generated the sentences, if known.
        decoding: with which it did.
        code_decoding: with which it decodes given codes, such as those of real sentences with another label.
        model_tokens: the reference in the model's tokens, where its vocabulary is not `words`.
        model_train: sentences that the model was trained on, where they are not those of the reference.
        path: of interpolations, linear or slerp; None: that of the model.
    """

    sentences: Sequence[str]
    reference: Corpus
    split: str
    words: int
    limit: int
    seed: int
    feature_lm_config: ReferenceLMConfig = ReferenceLMConfig()
    perplexity_lm_config: ReferenceLMConfig = SHORT_LM
    data: str = ""
    model: SentenceModel | None = None
    decoding: Decoding = Decoding()
    code_decoding: Decoding = Decoding()
    model_tokens: Corpus | None = None
    model_train: Sequence[str] | None = None
    path: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be evaluated.

        Raises:
            UserError: no sentences, or no such split.
        """
        if not self.sentences:
            raise UserError("no sentence to evaluate; expected one or more")
        self.heldout_tokens  # noqa: B018

    @property
    def model_corpus(self) -> Corpus:
        """The reference in the model's tokens."""
        return self.model_tokens or self.reference

    @cached_property
    def heldout_tokens(self) -> TokenFile:
        """Held-out sentences in the model's tokens, at most `limit`."""
        return self.heldout_split.subset(spread(len(self.heldout_split), self.limit))

    @property
    def heldout_split(self) -> TokenFile:
        """All held-out sentences of the split in the model's tokens."""
        return self._of(self.model_corpus)

    def _of(self, corpus: Corpus) -> TokenFile:
        split = corpus.valid if self.split == "valid" else corpus.test
        if split is None:
            raise UserError("the data has no test split; expected one, or --split valid")
        return split

    @cached_property
    def predictions(self) -> Predictions:
        """Predictions of the model's classifier for the held-out examples."""
        assert self.model is not None
        return predict(self.model.network, self.heldout_split)

    @cached_property
    def transfer(self) -> Transfer:
        """Attribute transfer of held-out sentences."""
        assert self.model is not None
        corpus = self.model_corpus.train, self.heldout_split
        return Transfer(self.model.labels, *corpus, self.tokenizer, self.real_ngram_model, self.limit, self.seed)

    @cached_property
    def train_texts(self) -> list[str]:
        """All real train sentences."""
        train = self.reference.train
        return [train.text(i) for i in range(len(train))]

    @cached_property
    def tokenizer(self) -> WordTokenizer:
        """The vocabulary of all metrics."""
        return build_vocabulary(self.train_texts, self.words)

    @cached_property
    def text(self) -> TokenFile:
        """The sentences as words."""
        return as_words(self.sentences, self.tokenizer)

    @cached_property
    def train(self) -> TokenFile:
        """All real train sentences."""
        return as_words(self.train_texts, self.tokenizer)

    @cached_property
    def real_sample(self) -> TokenFile:
        """As many real train sentences as there are sentences, if there are so many: for metrics that depend on the
        sample size."""
        return self.train.subset(self._real_sample_indices)

    @cached_property
    def _real_sample_indices(self) -> np.ndarray:
        n = min(len(self.sentences), len(self.train))
        return np.random.default_rng(self.seed).permutation(len(self.train))[:n]

    @cached_property
    def heldout_texts(self) -> list[str]:
        """Held-out real sentences, at most `limit`."""
        split = self._of(self.reference)
        return [split.text(i) for i in spread(len(split), self.limit)]

    @cached_property
    def heldout(self) -> TokenFile:
        """Held-out real sentences."""
        return as_words(self.heldout_texts, self.tokenizer)

    @cached_property
    def real_sample_texts(self) -> list[str]:
        """These sentences as in the corpus."""
        return [self.train_texts[i] for i in self._real_sample_indices]

    @cached_property
    def training_text(self) -> TokenFile:
        """The sentences that the model was trained on, among which copies are searched."""
        return self.train if self.model_train is None else as_words(self.model_train, self.tokenizer)

    @property
    def has_codes(self) -> bool:
        """Whether there is a model, and it has codes."""
        return self.model is not None and self.model.code_dim > 0

    @cached_property
    def paths(self) -> tuple[list[list[str]], list[list[str]], Metrics]:
        """Interpolations between held-out sentences, smooth ones, and what is measured of them."""
        assert self.model is not None
        return interpolation(self.model, self.heldout_tokens, self.score(), seed=self.seed, path=self.path)

    @property
    def interpolation_path(self) -> str:
        """Their path, linear or slerp."""
        assert self.model is not None
        return self.model.network.path if self.path is None else self.path

    @cached_property
    def real_ngram_model(self) -> KneserNey:
        """The n-gram model of all real train sentences."""
        return KneserNey(self.train)

    @cached_property
    def text_ngram_model(self) -> KneserNey:
        """The n-gram model of the sentences."""
        return KneserNey(self.text)

    @cached_property
    def feature_lm(self) -> ReferenceLM:
        """The small LSTM trained on real train sentences, for its features."""
        return open_reference_lm(self.train, self.lm_valid, self.reference.fingerprint, self.feature_lm_config)

    @cached_property
    def perplexity_lm(self) -> ReferenceLM:
        """The larger LSTM trained on them, for its perplexity."""
        learned, chosen_by = self.perplexity_lm_split
        return open_reference_lm(learned, chosen_by, self.reference.fingerprint, self.perplexity_lm_config)

    @cached_property
    def perplexity_lm_split(self) -> tuple[TokenFile, TokenFile]:
        """The training and the validation sentences of that LSTM; the latter are none that it evaluates.

        They are those of valid where the held-out ones are of test, else train sentences that it is not trained on.
        """
        if self.split != "valid":
            return self.train, self.lm_valid
        chosen = self._validation_indices
        return self.train.subset(np.setdiff1d(np.arange(len(self.train)), chosen)), self.train.subset(chosen)

    @property
    def _validation_indices(self) -> np.ndarray:
        """Train sentences for its validation."""
        return np.asarray(spread(len(self.train), min(2000, max(1, len(self.train) // 20))))

    @cached_property
    def real_sample_for_lm(self) -> TokenFile:
        """The real sample without these."""
        if self.split != "valid":
            return self.real_sample
        return self.train.subset(np.setdiff1d(self._real_sample_indices, self._validation_indices))

    @cached_property
    def lm_valid(self) -> TokenFile:
        """Validation sentences for the LSTM of features, whatever the split."""
        valid = self.reference.valid
        chosen = spread(len(valid), 2000)
        return as_words([valid.text(i) for i in chosen], self.tokenizer)

    @cached_property
    def features(self) -> dict[str, np.ndarray]:
        """Features of the sentences, of as many real train sentences, and of the held-out ones."""
        return {name: self.feature_lm.features(getattr(self, name)) for name in ("text", "real_sample", "heldout")}

    def score(self) -> Callable[[Sequence[str]], tuple[np.ndarray, np.ndarray]]:
        """Log-probabilities of sentences by the n-gram model of real text, and their tokens, end token counted."""

        def log_probs(sentences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
            text = as_words(sentences, self.tokenizer)
            return self.real_ngram_model.sentence_log_probs(text), text.lengths + 1

        return log_probs

    def notes(self) -> dict[str, str]:
        """What all metrics depend on."""
        decoding = ", ".join(f"{name} {value}" for name, value in asdict(self.decoding).items())
        text, heldout = unknown_share(self.text), unknown_share(self.heldout)
        return {
            "sentences": f"{len(self.sentences):,}",
            "real_sentences": f"{len(self.train):,} of train, {len(self.heldout):,} of {self.split}",
            "real_sample": f"{len(self.real_sample):,} of train, for measures that depend on the number of sentences",
            "vocabulary": f"the {self.tokenizer.vocab_size - 4:,} most frequent words of train; share of unknown words "
            f"{text:.4f}, of held-out text {heldout:.4f}",
            "seed": str(self.seed),
        } | ({} if self.model is None else {"decoding": decoding})

"""What the measurements of sentences share: written and real ones in one vocabulary, judges; each made once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from textgan.data.corpus import Corpus
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.errors import UserError
from textgan.evaluation.measurements import Numbers, spread
from textgan.evaluation.text.classification import Predictions, predict
from textgan.evaluation.text.kneser_ney import KneserNey
from textgan.evaluation.text.paths import interpolation
from textgan.evaluation.text.reference_lm import LONGER, ReferenceLM, ReferenceLMConfig
from textgan.evaluation.text.train_lm import open_language_judge
from textgan.evaluation.text.transfer import Transfer
from textgan.evaluation.text.words import as_words, unknown, vocabulary
from textgan.sampling import SentenceModel
from textgan.settings import Decoding


@dataclass(frozen=True)
class TextEvaluation:
    """Sentences, whoever wrote them, and the real ones that they are held against.

    Args:
        sentences: what is measured.
        reference: the real text: judges learn from train.
        split: held-out sentences to judge by, valid or test.
        words: size of the judges' vocabulary, the most frequent words of train.
        limit: most held-out sentences that are used.
        seed: of all that is random in a measurement.
        lstm: how the language model of the features is made.
        long_lstm: how the one that judges by perplexity is made.
        data: name of the reference.
        model: which wrote the sentences, if it is at hand.
        decoding: how it wrote them.
        reading: how it writes sentences of given codes, such as real ones with another label.
        own: the reference in the model's tokens, where its vocabulary is not the judges'.
        own_train: sentences that the model learned from, where they are not those of the reference.
        path: of interpolations, linear or slerp; none: the model's own.
    """

    sentences: Sequence[str]
    reference: Corpus
    split: str
    words: int
    limit: int
    seed: int
    lstm: ReferenceLMConfig = ReferenceLMConfig()
    long_lstm: ReferenceLMConfig = LONGER
    data: str = ""
    model: SentenceModel | None = None
    decoding: Decoding = Decoding()
    reading: Decoding = Decoding()
    own: Corpus | None = None
    own_train: Sequence[str] | None = None
    path: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be measured.

        Raises:
            UserError: no sentences, or no such split.
        """
        if not self.sentences:
            raise UserError("no sentence to measure; expected one or more")
        self.held_file  # noqa: B018

    @property
    def of_model(self) -> Corpus:
        """The reference in the model's tokens."""
        return self.own or self.reference

    @cached_property
    def held_file(self) -> TokenFile:
        """Held-out sentences in the model's tokens, at most `limit`."""
        return self.held_split.subset(spread(len(self.held_split), self.limit))

    @property
    def held_split(self) -> TokenFile:
        """All held-out sentences of the split in the model's tokens."""
        return self._of(self.of_model)

    def _of(self, corpus: Corpus) -> TokenFile:
        split = corpus.valid if self.split == "valid" else corpus.test
        if split is None:
            raise UserError("the data has no test split; expected one, or --split valid")
        return split

    @cached_property
    def predictions(self) -> Predictions:
        """What the model's classifier says of the held-out examples."""
        assert self.model is not None
        return predict(self.model.game, self.held_split)

    @cached_property
    def transfer(self) -> Transfer:
        """Held-out sentences to be rewritten with another label, and judges of that."""
        assert self.model is not None
        corpus = self.of_model.train, self.held_split
        return Transfer(self.model.labels, *corpus, self.tokenizer, self.of_real, self.limit, self.seed)

    @cached_property
    def train_texts(self) -> list[str]:
        """All real train sentences."""
        train = self.reference.train
        return [train.text(i) for i in range(len(train))]

    @cached_property
    def tokenizer(self) -> WordTokenizer:
        """The judges' vocabulary."""
        return vocabulary(self.train_texts, self.words)

    @cached_property
    def text(self) -> TokenFile:
        """What is measured."""
        return as_words(self.sentences, self.tokenizer)

    @cached_property
    def train(self) -> TokenFile:
        """All real train sentences."""
        return as_words(self.train_texts, self.tokenizer)

    @cached_property
    def peers(self) -> TokenFile:
        """Real train sentences, as many as are measured where there are so many: what numbers that depend on the size
        of the sample are held against."""
        return self.train.subset(self._peer_places)

    @cached_property
    def _peer_places(self) -> np.ndarray:
        n = min(len(self.sentences), len(self.train))
        return np.random.default_rng(self.seed).permutation(len(self.train))[:n]

    @cached_property
    def held_texts(self) -> list[str]:
        """Held-out real sentences, at most `limit`."""
        split = self._of(self.reference)
        return [split.text(i) for i in spread(len(split), self.limit)]

    @cached_property
    def held(self) -> TokenFile:
        """Held-out real sentences."""
        return as_words(self.held_texts, self.tokenizer)

    @cached_property
    def peer_texts(self) -> list[str]:
        """The peers as they stand in the corpus."""
        return [self.train_texts[i] for i in self._peer_places]

    @cached_property
    def learned(self) -> TokenFile:
        """The sentences that the model learned from, where copies are searched."""
        return self.train if self.own_train is None else as_words(self.own_train, self.tokenizer)

    @property
    def coded(self) -> bool:
        """Whether there is a model, and it has codes."""
        return self.model is not None and self.model.code_dim > 0

    @cached_property
    def paths(self) -> tuple[list[list[str]], Numbers]:
        """Interpolations between held-out sentences, and what is measured of them."""
        assert self.model is not None
        return interpolation(self.model, self.held_file, self.score(), seed=self.seed, path=self.path)

    @property
    def way(self) -> str:
        """How these go, linear or slerp."""
        assert self.model is not None
        return self.model.game.path if self.path is None else self.path

    @cached_property
    def of_real(self) -> KneserNey:
        """The n-gram judge that learned from all real train sentences."""
        return KneserNey(self.train)

    @cached_property
    def of_text(self) -> KneserNey:
        """The n-gram judge that learned from what is measured."""
        return KneserNey(self.text)

    @cached_property
    def judge(self) -> ReferenceLM:
        """The small LSTM that learned from real train sentences, for its features."""
        return open_language_judge(self.train, self.held_for_judge, self.reference.fingerprint, self.lstm)

    @cached_property
    def long_judge(self) -> ReferenceLM:
        """The LSTM that learned longer from them, for its perplexity."""
        learned, chosen_by = self.judge_split
        return open_language_judge(learned, chosen_by, self.reference.fingerprint, self.long_lstm)

    @cached_property
    def judge_split(self) -> tuple[TokenFile, TokenFile]:
        """What that LSTM learns, and by what its best state is chosen: sentences that are not those it judges.

        These are validation sentences where it judges those of test, else train sentences that it does not learn.
        """
        if self.split != "valid":
            return self.train, self.held_for_judge
        chosen = self._choosing
        return self.train.subset(np.setdiff1d(np.arange(len(self.train)), chosen)), self.train.subset(chosen)

    @property
    def _choosing(self) -> np.ndarray:
        """Places of the train sentences by which a state is chosen."""
        return np.asarray(spread(len(self.train), min(2000, max(1, len(self.train) // 20))))

    @cached_property
    def peers_for_judge(self) -> TokenFile:
        """The peers, but for those by which a state is chosen."""
        if self.split != "valid":
            return self.peers
        return self.train.subset(np.setdiff1d(self._peer_places, self._choosing))

    @cached_property
    def held_for_judge(self) -> TokenFile:
        """Validation sentences by which the best state of the LSTM of features is chosen, whatever the split."""
        valid = self.reference.valid
        chosen = spread(len(valid), 2000)
        return as_words([valid.text(i) for i in chosen], self.tokenizer)

    @cached_property
    def features(self) -> dict[str, np.ndarray]:
        """The judge's features of what is measured, of as many real train sentences, and of held-out ones."""
        return {name: self.judge.features(getattr(self, name)) for name in ("text", "peers", "held")}

    def score(self) -> Callable[[Sequence[str]], tuple[np.ndarray, np.ndarray]]:
        """Log-probabilities of sentences by the n-gram judge of real text, and their tokens, end token counted."""

        def judge(sentences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
            text = as_words(sentences, self.tokenizer)
            return self.of_real.sentence_log_probs(text), text.lengths + 1

        return judge

    def notes(self) -> dict[str, str]:
        """What all numbers depend on."""
        real = f"{len(self.train):,} of train, {len(self.held):,} of {self.split}"
        share = f"{unknown(self.text):.4f} of the words measured, {unknown(self.held):.4f} of the held-out real ones"
        return {
            "sentences": f"{len(self.sentences):,}",
            "real_sentences": real,
            "peers": f"{len(self.peers):,} of train: real text where a number depends on how many there are",
            "vocabulary": f"{self.tokenizer.vocab_size - 4:,} words of train; unknown {share}",
            "seed": str(self.seed),
        } | ({} if self.model is None else {"decoding": str(self.decoding)})

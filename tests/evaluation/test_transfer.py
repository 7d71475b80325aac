"""Attribute transfer: by a rewriter whose mistakes are known."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import sacrebleu

from textgan.data.config import DataConfig
from textgan.data.corpus import Corpus, open_corpus
from textgan.errors import UserError
from textgan.evaluation.text.kneser_ney import KneserNey, perplexity
from textgan.evaluation.text.transfer import Transfer
from textgan.evaluation.text.words import as_words, build_vocabulary
from textgan.settings import Decoding

OPPOSITE = {"good": "bad", "bad": "good"}
NAMES = ("food", "staff", "room", "price", "place", "menu", "view", "bed")


def sentence(word: str, i: int) -> str:
    return f"the {NAMES[i % 8]} was {word} in {NAMES[i // 8 % 8]} {i % 5}"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    folder: Path = tmp_path_factory.mktemp("reviews")
    for split, first, last in (("train", 0, 60), ("valid", 60, 80)):
        rows = [{"text": sentence(w, i), "label": w} for i in range(first, last) for w in ("good", "bad")]
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return open_corpus(DataConfig(data=str(folder), labels="label"))


class Rewriter:
    """Exchanges the word and, for each unit of guidance, forgets the end of a sentence; keeps every fourth as it is."""

    network = SimpleNamespace(guidance=0.0)

    def transfer(self, sentences, to, seed, decoding):
        assert seed == 7
        length = 7 - int(decoding.guidance or self.network.guidance)
        changed = [" ".join([OPPOSITE.get(w, w) for w in s.split()][:length]) for s in sentences]
        assert all(to in s for s in changed)
        return [s if i % 4 == 0 else new for i, (s, new) in enumerate(zip(sentences, changed, strict=True))]


def measure(corpus: Corpus, labels=("bad", "good"), limit=40) -> Transfer:
    words = build_vocabulary([corpus.train.text(i) for i in range(len(corpus.train))], 100)
    real_ngram_model = KneserNey(as_words([corpus.train.text(i) for i in range(len(corpus.train))], words))
    return Transfer(labels, corpus.train, corpus.valid, words, real_ngram_model, limit, seed=7)


def test_a_rewriter_of_known_mistakes_is_measured(corpus):
    transfer = measure(corpus)
    assert transfer.classifier_accuracy == 1
    assert transfer.copied["transfer_accuracy"] == 0
    assert transfer.copied["transfer_bleu"] == pytest.approx(100)
    whole, cut = transfer.curve(Rewriter(), Decoding(), [0.0, 2.0])
    assert (whole.guidance, cut.guidance) == (0, 2)
    assert whole.accuracy == cut.accuracy == 0.75
    assert cut.bleu < whole.bleu < 100
    sources = {word: [s for s in transfer.sources if OPPOSITE[word] in s.split()] for word in ("bad", "good")}
    written = [s for word, chosen in sources.items() for s in Rewriter().transfer(chosen, word, 7, Decoding())]
    both = [s for chosen in sources.values() for s in chosen]
    bleu = sacrebleu.BLEU(tokenize="none", force=True).corpus_score(written, [both]).score
    assert whole.bleu == pytest.approx(bleu)
    direct = perplexity(transfer.real_ngram_model, as_words(written, transfer.words)).perplexity
    assert whole.perplexity == pytest.approx(direct)


def test_the_usual_guidance_is_the_models(corpus):
    transfer, eager = measure(corpus), Rewriter()
    eager.network = SimpleNamespace(guidance=2.0)
    usual = transfer.rewritten(eager, Decoding())
    assert usual == transfer.rewritten(eager, Decoding(guidance=2.0))
    assert "guidance 2;" in transfer.notes(usual)["transfer"]


def test_only_labels_that_the_classifier_knows_are_given(corpus):
    known, more = measure(corpus), measure(corpus, ("bad", "awful", "good"))
    assert more.rewritten(Rewriter(), Decoding()) == known.rewritten(Rewriter(), Decoding())
    assert "of bad, good," in more.notes(more.rewritten(Rewriter(), Decoding()))["transfer"]


def test_one_sentence_is_too_few(corpus):
    with pytest.raises(UserError, match="1 held-out sentences have a label; expected two or more"):
        measure(corpus, limit=1)

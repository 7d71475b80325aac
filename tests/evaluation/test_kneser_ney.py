"""The n-gram judge against KenLM's values, a slow one of dictionaries, and sums to one."""

import gzip
import itertools
import json
import math
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from textgan.data.specials import UNK
from textgan.data.tokenfile import TokenFile
from textgan.errors import UserError
from textgan.evaluation.text.kneser_ney import FALLBACK, KneserNey, Level, perplexity
from textgan.evaluation.text.words import as_words, build_vocabulary

SHARED = Path(__file__).parents[3] / "shared" / "data"
ORACLE = SHARED / "oracles" / "kneser_ney.json"
needs_oracle = pytest.mark.skipif(not ORACLE.exists(), reason="KenLM's values are not here")


@cache
def captions(split: str) -> list[str]:
    with gzip.open(SHARED / "captions" / f"{split}.txt.gz", "rt", encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file]


def text_of(case: dict[str, object]) -> list[str]:
    train, said = captions("train"), str(case["train"])
    if "one sentence" in said:
        return train[:1] * 1000
    if "first 2,000" in said:
        return [line for line in train[:2000] for _ in range(4)]
    return train[:10_000] if "first 10,000" in said else train


def model_and_held(number: int) -> tuple[dict, KneserNey, TokenFile]:
    case = json.loads(ORACLE.read_text())["cases"][number]
    train = text_of(case)
    words = build_vocabulary(train)
    return case, KneserNey(as_words(train, words), case["order"]), as_words(captions("test"), words)


def assert_agrees(case: dict, model: KneserNey, held: TokenFile) -> None:
    found = perplexity(model, held)
    assert found.with_unknown == pytest.approx(case["ppl_including_oov"], rel=1e-5)
    assert found.perplexity == pytest.approx(case["ppl_excluding_oov"], rel=1e-5)
    assert found.tokens == case["tokens_with_eos"] - case["oov"]
    log10 = model.sentence_log_probs(held)[:200] / math.log(10)
    assert log10 == pytest.approx(case["log10prob_first"], abs=2e-5, rel=0)


@needs_oracle
@pytest.mark.parametrize("number", [0, 1, 2, 4])
def test_it_agrees_with_kenlm(number):
    assert_agrees(*model_and_held(number))


@needs_oracle
def test_it_agrees_with_kenlm_on_repeated_lines_up_to_one_count_of_counts():
    """KenLM counts the last n-gram in its order of words by how often it occurs, here 4, not by what stands before it,
    here 1: with that, and nothing else, changed in our counts of counts its values come out."""
    case, model, held = model_and_held(3)
    found = perplexity(model, held)
    assert found.with_unknown == pytest.approx(case["ppl_including_oov"], rel=3e-4)
    assert found.perplexity == pytest.approx(case["ppl_excluding_oov"], rel=1e-4)
    lines = [line.split() for line in captions("train")[:2000]]
    last = list(dict.fromkeys(word for line in lines for word in line))[-1]
    place = next(line.index(last) for line in lines if last in line)
    assert sum(line.count(last) for line in lines) == 1
    assert place >= model.order - 1  # none of the n-grams that end in it begins a sentence
    model.levels = [*(as_kenlm_discounts(model, n) for n in range(model.order - 1)), model.levels[-1]]
    assert_agrees(case, model, held)


def as_kenlm_discounts(model: KneserNey, n: int) -> Level:
    """A level with the discounts of counts of which one 1 is a 4."""
    level = model.levels[n]
    counts = dict(enumerate(level.counts.tolist()))
    counts[int(np.flatnonzero(level.counts == 1)[0])] = 4
    discounts = np.array(Slow.discounts(counts))
    freed = np.minimum(discounts[np.minimum(level.counts, 3)], level.counts)
    contexts = level.keys // model.vocab_size if n else np.zeros(len(level.keys), int)
    left_over = np.bincount(contexts, freed, minlength=len(level.totals)) / np.maximum(level.totals, 1)
    return replace(level, discounts=discounts, left_over=left_over)


class Slow:
    """The same by dictionaries: a(.) by definition, p by recursion."""

    def __init__(self, rows: list[list[str]], order: int, build_vocabulary: set[str]) -> None:
        self.order, self.types = order, len(build_vocabulary) + 2
        lines = [["<s>", *row, "</s>"] for row in rows]
        raw = [Counter(tuple(s[i : i + n]) for s in lines for i in range(len(s) - n + 1)) for n in range(1, order + 1)]
        self.a: list[dict[tuple[str, ...], int]] = []
        for n in range(order):
            if n == order - 1:
                self.a.append(dict(raw[n]))
                continue
            before = defaultdict(set)
            for gram in raw[n + 1]:
                before[gram[1:]].add(gram[0])
            self.a.append({g: c if g[0] == "<s>" else len(before[g]) for g, c in raw[n].items()})
        self.a[0].pop(("<s>",))
        self.d = [self.discounts(a) for a in self.a]

    @staticmethod
    def discounts(a: dict) -> list[float]:
        n = [sum(c == i for c in a.values()) for i in range(1, 5)]
        if not all(n[:3]):
            return [0, *FALLBACK]
        y = n[0] / (n[0] + 2 * n[1])
        d = [0, *(i - (i + 1) * y * n[i] / n[i - 1] for i in (1, 2, 3))]
        return d if all(0 < x <= i for i, x in enumerate(d) if i) else [0, *FALLBACK]

    def p(self, word: str, context: tuple[str, ...]) -> float:
        context = context[len(context) - min(len(context), self.order - 1) :]
        lower = 1 / self.types if not context else self.p(word, context[1:])
        a, d = self.a[len(context)], self.d[len(context)]
        going_on = {g: c for g, c in a.items() if g[:-1] == context}
        total = sum(going_on.values())
        if total == 0:
            return lower
        count = going_on.get((*context, word), 0)
        freed = sum(min(d[min(c, 3)], c) for c in going_on.values())
        return max(count - d[min(count, 3)], 0) / total + freed / total * lower


def random_rows(seed: int, n: int) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    return [[f"w{i}" for i in rng.geometric(0.35, rng.integers(0, 7))] for _ in range(n)]


@pytest.mark.parametrize(("seed", "n", "order"), [(0, 30, 3), (1, 60, 4), (2, 4, 5), (3, 40, 1), (4, 40, 2)])
def test_it_agrees_with_dictionaries(seed, n, order):
    rows = random_rows(seed, n)
    words = build_vocabulary(" ".join(r) for r in rows)
    slow = Slow(rows, order, set(words.words[4:]))
    model = KneserNey(as_words([" ".join(r) for r in rows], words), order)
    held = random_rows(seed + 100, 25)
    expected = [
        math.log(slow.p(word if word in words.words[4:] or word == "</s>" else "?", tuple(["<s>", *row][: i + 1])))
        for row in held
        for i, word in enumerate([*row, "</s>"])
    ]
    # A context with an unknown word is known to neither.
    assert model.log_probs(as_words([" ".join(r) for r in held], words)) == pytest.approx(expected)


def test_probabilities_sum_to_one_after_any_words():
    rows = [" ".join(r) for r in random_rows(5, 50)]
    words = build_vocabulary([*rows, "never seen"])
    model = KneserNey(as_words(rows, words), 3)
    for context in itertools.product(["w1", "w2", "never", "w9"], repeat=2):
        lines = [" ".join([*context, word]) for word in [*words.words[4:], "outside"]]
        following = model.log_probs(as_words(lines, words)).reshape(len(lines), 4)[:, 2]
        end = model.log_probs(as_words([" ".join(context)], words))[2]
        assert np.exp(following).sum() + np.exp(end) == pytest.approx(1)


def test_a_collapsed_text_gives_a_finite_and_huge_number():
    words = build_vocabulary(f"a{i} b{i} c{i}" for i in range(2000))
    model = KneserNey(as_words(["a1 b1 c1"] * 100_000, words))
    held = as_words([f"a{i} b{i} c{i}" for i in range(2, 500)], words)
    assert 1000 < perplexity(model, held).perplexity < 1e9
    assert perplexity(model, as_words(["a1 b1 c1"], words)).perplexity < 1.01
    assert perplexity(KneserNey(as_words([""] * 3, words)), held).perplexity < 1e9


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("a b c c d d d", (0.6, 0.2, 3)),  # n = 3, 1, 1, 0 with </s>, y = 3/5
        ("a b b c c d d d e e e f f f g g g", FALLBACK),  # n = 2, 2, 4, 0: the second is 2 - 3 * 1/3 * 4/2 = 0
        ("a b b b b", FALLBACK),  # no count of 2
    ],
)
def test_discounts_are_above_zero_and_no_count_of_four_is_needed(sentence, expected):
    model = KneserNey(as_words([sentence], build_vocabulary([sentence])), 1)
    assert model.levels[0].discounts[1:] == pytest.approx(expected)


def test_every_word_has_a_probability_after_any_other():
    """Bigrams of the first text would get a discount of 0, and nothing would be left over after one of its words."""
    for rows in (["b d a", "b a", "b"], *([" ".join(r) for r in random_rows(seed, 1 + seed)] for seed in range(40))):
        words = build_vocabulary([*rows, "x"])
        held = as_words([" ".join(f"{a} {b}" for a in words.words[4:] for b in words.words[3:])], words)
        for order in range(1, 6):
            assert np.isfinite(KneserNey(as_words(rows, words), order).log_probs(held)).all()


def test_unknown_words_count_apart():
    words = build_vocabulary(["a b c"] * 4)
    model = KneserNey(as_words(["a b c"] * 4, words))
    text = as_words(["a x c", ""], words)
    found = perplexity(model, text)
    assert text.tokens.tolist().count(UNK) == 1
    assert found.unknown == pytest.approx(1 / 3)
    assert found.tokens == 4
    assert found.with_unknown > found.perplexity
    assert len(model.log_probs(text)) == 5


def test_sentences_sum_their_tokens_and_a_subset_is_read_as_what_it_is():
    words = build_vocabulary(["a b c", "b c", "c"])
    all_of_them = as_words(["a b c", "", "b c", "c a"], words)
    model = KneserNey(all_of_them)
    sums = model.sentence_log_probs(all_of_them)
    some = all_of_them.subset(np.array([3, 1, 0]))
    assert model.sentence_log_probs(some) == pytest.approx(sums[[3, 1, 0]])
    again = KneserNey(all_of_them.subset(np.array([2, 1, 0, 3])))
    assert again.sentence_log_probs(all_of_them) == pytest.approx(sums)


def test_the_signature_says_what_it_depends_on():
    words = build_vocabulary(["a b c"])
    signature = KneserNey(as_words(["a b c", "c"], words), 3).signature
    for part in ("order:3", "types:5", "sentences:2", "tokens:6"):
        assert part in signature


def test_what_cannot_be_judged_is_refused():
    few, more, others = build_vocabulary(["a b"]), build_vocabulary(["a b c"]), build_vocabulary(["a c"])
    model = KneserNey(as_words(["a b"], few))
    for words in (more, others):
        with pytest.raises(UserError, match="expected one"):
            model.log_probs(as_words(["a b"], words))
    assert len(model.log_probs(as_words(["a b"], build_vocabulary(["a b"])))) == 3
    assert len(model.log_probs(as_words([], few))) == 0
    with pytest.raises(UserError, match="0 sentences"):
        KneserNey(as_words([], few))
    with pytest.raises(UserError, match="no sentences"):
        perplexity(model, as_words([], few))

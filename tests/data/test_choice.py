"""Tokenizer, vocabulary and longest sentence follow what the corpus is, and are kept once they are chosen."""

import logging
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import textgan
from tests.conftest import TINY, tiny_sentences, train_tiny
from textgan import scenes
from textgan.data import blocks, choice
from textgan.data.choice import choose_settings
from textgan.data.config import DataConfig
from textgan.data.corpus import open_corpus
from textgan.errors import UserError
from textgan.recipes import recipe
from textgan.training.run_folder import read_settings

USUAL = ("word", 11_000, 15)
SIZES = {
    "embedding_dim": 16, "hidden_dim": 16, "generator_dims": (16,), "critic_dims": (16,), "noise_dim": 8,
    "gan_batch_size": 8, "batch_size": 8, "threads": 1, "device": "cpu", "precision": "float32",
}  # fmt: skip


def chinese(sentences: list[str]) -> list[str]:
    """Every word of the grammar a character, without spaces."""
    character = {word: chr(0x4E00 + number) for number, word in enumerate(sorted(scenes.all_tokens()))}
    return ["".join(character[word] for word in sentence.split()) for sentence in sentences]


def german(sentences: list[str]) -> list[str]:
    """Every word of the grammar two syllables, three of them a compound."""
    syllables = [a + b + c for a in "bdfgklmn" for b in "aeiou" for c in "rst"]
    word = {w: syllables[i // 120] + syllables[i % 120] for i, w in enumerate(sorted(scenes.all_tokens()))}
    cut = [sentence.split() for sentence in sentences]
    return [" ".join("".join(map(word.__getitem__, ws[i : i + 3])) for i in range(0, len(ws), 3)) for ws in cut]


def grammar(n: int, seed: int = 0) -> list[str]:
    return [scene.text for scene in scenes.sample(n, seed)]


def of_lengths(lengths: list[int]) -> list[str]:
    """Different sentences of few words and these lengths."""
    return [" ".join(random.Random(number).choices("abcdef", k=length)) for number, length in enumerate(lengths)]


def write(path: Path, sentences: list[str]) -> str:
    path.write_text("".join(sentence + "\n" for sentence in sentences), encoding="utf-8")
    return str(path)


def chosen(path: Path, sentences: list[str], **settings: Any) -> tuple[Any, ...]:
    config = replace(DataConfig(data=write(path / "text.txt", sentences)), **settings)
    found = choose_settings(config, cache=path / "cache").config
    return found.tokenizer, found.vocab_size, found.max_length


def test_nothing_changes_for_scenes(tmp_path):
    for name in ("scenes", "scenes-pairs"):
        found = choose_settings(DataConfig(data=name), cache=tmp_path).config
        assert found == DataConfig(data=name, tokenizer="word", vocab_size=11_000, min_count=1, max_length=15)


def test_words_that_come_again_stay_words(tmp_path):
    assert chosen(tmp_path, grammar(1000)) == USUAL


def test_punctuation_that_hangs_at_words_is_cut_off_by_nltk(tmp_path, monkeypatch):
    raw = [text.removesuffix(" .").replace(" ,", ",").capitalize() + "." for text in grammar(1000)]
    assert chosen(tmp_path, raw) == ("nltk", *USUAL[1:])
    corpus = open_corpus(DataConfig(data=str(tmp_path / "text.txt")), cache=tmp_path / "cache")
    assert {corpus.train.text(i) for i in range(len(corpus.train))} <= set(raw)
    assert chosen(tmp_path, [*raw[:100], *grammar(1000)])[0] == "word", "of one sentence in eleven"
    monkeypatch.setattr(choice, "_MOST_CUT", 1000)
    assert chosen(tmp_path, raw[:990])[0] == "word"


def test_many_words_unknown_in_held_out_text_ask_for_pieces(tmp_path):
    rng = random.Random(0)
    texts = [" ".join([text, *(f"x{rng.randrange(10**6)}" for _ in range(4))]) for text in grammar(1000)]
    tokenizer, size, _ = chosen(tmp_path, texts)
    assert tokenizer == "unigram"
    assert isinstance(size, int)
    assert size < 2000


def test_compounds_ask_for_pieces_and_come_back_as_they_were(tmp_path):
    texts = german(grammar(1000))
    assert chosen(tmp_path, texts)[0] == "unigram"
    corpus = open_corpus(DataConfig(data=str(tmp_path / "text.txt")), cache=tmp_path / "cache")
    kept = {corpus.train.text(i) for i in range(len(corpus.train))}
    assert kept <= set(texts)
    assert len(corpus.train) + len(corpus.valid) >= 0.9 * len(texts)


@pytest.mark.parametrize("count", [20, 1000])
def test_text_without_spaces_is_cut_into_pieces_however_short_it_is(tmp_path, count):
    tokenizer, _, length = chosen(tmp_path, chinese(grammar(count)))
    assert (tokenizer, length) == ("unigram", 15)
    spelled = [" ".join(text) for text in chinese(grammar(count))]
    assert chosen(tmp_path, spelled)[0] == "word"
    assert chosen(tmp_path, ["the quick brown fox jumps over it".replace(" ", "")] * 50)[0] == "unigram"


def test_words_are_kept_where_there_is_too_little_text_to_say(tmp_path):
    assert chosen(tmp_path, ["every word once", "no other like it", "and this"]) == USUAL


@pytest.mark.parametrize(("long", "share", "expected"), [(30, 0.04, 15), (30, 0.06, 30), (60, 0.06, 40), (12, 1.0, 15)])
def test_the_longest_sentence_is_the_smallest_that_keeps_most(tmp_path, long, share, expected):
    texts = of_lengths([long if i < 1000 * share else 9 for i in range(1000)])
    assert chosen(tmp_path, texts, valid_fraction=0.001)[2] == expected


def test_what_is_given_stays(tmp_path):
    texts = chinese(grammar(200))
    given = {"tokenizer": "bpe", "vocab_size": 1000, "max_length": 9}
    assert chosen(tmp_path, texts, **given) == ("bpe", 1000, 9)
    assert chosen(tmp_path, texts, tokenizer="word") == ("word", 11_000, 15)
    assert chosen(tmp_path, german(grammar(300)), vocab_size=500)[:2] == ("word", 500)
    assert chosen(tmp_path, german(grammar(300)), min_count=2)[0] == "word"
    preset = recipe("arae", "arae-2018").data
    assert (preset.tokenizer, preset.vocab_size, preset.max_length) == USUAL


def test_a_line_says_what_was_chosen_and_why(tmp_path, caplog):
    texts = of_lengths([18 if i % 10 == 1 else 9 for i in range(1000)])
    config = DataConfig(data=write(tmp_path / "text.txt", texts))
    with caplog.at_level(logging.INFO, "textgan"):
        open_corpus(config, cache=tmp_path / "cache")
    lines = [record.message for record in caplog.records if record.message.startswith("chosen for")]
    assert lines == [choose_settings(config, cache=tmp_path / "cache").line]
    assert "tokenizer word (0.0 % of words are unknown in a held-out tenth of train)" in lines[0]
    assert "vocab_size 11,000" in lines[0]
    assert "max_length 18 (keeps 100.0 % of the sentences of train, 15 would keep 9" in lines[0]
    assert lines[0].endswith("; --tokenizer, --vocab-size, --max-length override it")
    assert choose_settings(replace(config, tokenizer="word", vocab_size=9, max_length=3)).line == ""


def test_the_choice_is_remembered_until_the_text_changes(tmp_path, monkeypatch):
    texts = of_lengths([20] * 300)
    config = DataConfig(data=write(tmp_path / "text.txt", texts))
    first = choose_settings(config, cache=tmp_path / "cache")
    with monkeypatch.context() as patch:
        patch.setattr(choice, "_choose", None)
        assert choose_settings(config, cache=tmp_path / "cache") == first
    write(tmp_path / "text.txt", of_lengths([25] * 300))
    assert choose_settings(config, cache=tmp_path / "cache").config.max_length == 25
    assert first.config.max_length == 20
    for file in (tmp_path / "cache" / "choices").rglob("choice.json"):
        file.write_text("{")
    assert choose_settings(config, cache=tmp_path / "cache").config.max_length == 25


def test_of_a_large_corpus_blocks_from_all_over_it_are_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 1000)
    monkeypatch.setattr(choice, "_BLOCKS", 10)
    texts = of_lengths([9] * 1500 + [30] * 500)
    assert chosen(tmp_path, texts)[2] == 30


def test_a_tokenizer_in_use_has_its_sentences_measured(tmp_path):
    data = DataConfig(data=write(tmp_path / "text.txt", chinese(grammar(300))))
    tokenizer = open_corpus(replace(data, tokenizer="unigram", vocab_size=1100), cache=tmp_path / "cache").tokenizer
    again = open_corpus(data, tokenizer, cache=tmp_path / "cache")
    assert again.tokenizer is tokenizer
    assert again.max_length == 15


def test_sizes_that_cannot_be_are_refused_beside_chosen_ones(tmp_path):
    with pytest.raises(UserError, match="vocab_size 0; expected 1 or more"):
        open_corpus(DataConfig(data=write(tmp_path / "text.txt", ["a b"]), vocab_size=0), cache=tmp_path / "cache")


def test_a_run_keeps_what_was_chosen(undisturbed, tmp_path):
    data = Path(write(tmp_path / "text.txt", [f"{text} {text}" for text in tiny_sentences()]))
    out = tmp_path / "run"
    first = train_tiny(out, data, "--rounds=2")
    assert first.returncode == 0, first.stderr
    assert "chosen for" in first.stderr
    stored = read_settings(out).data
    assert isinstance(stored, DataConfig)
    assert (stored.tokenizer, stored.vocab_size) == USUAL[:2]
    assert stored.max_length in range(16, 19)
    again = train_tiny(out, data, "--rounds=3")
    assert again.returncode == 0, again.stderr
    assert "chosen for" not in again.stderr
    assert read_settings(out).data == stored
    other = train_tiny(out, data, "--rounds=3", "--max-length=15")
    assert other.returncode == 2
    assert f"max_length: {stored.max_length} -> 15" in other.stderr
    assert textgan.load(out).config.data == stored


def test_chinese_is_learned_and_written_without_spaces(undisturbed, tmp_path):
    texts = chinese(grammar(400))
    model = textgan.train("arae", texts, rounds=3, **SIZES)
    assert isinstance(model, textgan.SentenceModel)
    assert isinstance(model.config.data, DataConfig)
    assert model.config.data.tokenizer == "unigram"
    assert [model.tokenizer.decode(model.tokenizer.encode(text)) for text in texts[:20]] == texts[:20]
    samples = model.sample(20, seed=0)
    assert any(samples)
    spaces = sum(sample.count(" ") for sample in samples)  # of three rounds: the piece that is a space may come
    assert spaces < sum(map(len, samples)) / 20


def test_two_processes_choose_as_one_does(tmp_path):
    data = write(tmp_path / "text.txt", chinese(grammar(400)))
    out = tmp_path / "two"
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "textgan"]
    flags = [*TINY, f"--data={data}", f"--out={out}", "--rounds=2"]
    done = subprocess.run([*torchrun, "train", "arae", *flags], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("chosen for") == 1
    alone = choose_settings(DataConfig(data=data), cache=tmp_path / "cache").config
    assert read_settings(out).data == alone
    assert yaml.safe_load((out / "config.yaml").read_text())["data"]["tokenizer"] == "unigram"

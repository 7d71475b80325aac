"""Tokenizers: what goes in comes out, special ids stay special, and a saved tokenizer is the same tokenizer."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgan.data.config import DataConfig
from textgan.data.specials import BOS, EOS, PAD, UNK
from textgan.data.tokenizer import WordTokenizer, cutters, load_tokenizer, train_tokenizer
from textgan.errors import UserError

SENTENCES = [
    "a man in a red shirt is playing a guitar .",
    "two dogs run on the beach .",
    "a woman is reading a book on the beach .",
    "the <s> man </s> reads <pad> .",
    "un garçon joue à la pétanque .",
]
quick = settings(derandomize=True, deadline=None, max_examples=200)


def train(kind, texts=SENTENCES, **options):
    return train_tokenizer(DataConfig(tokenizer=kind, **options), texts)


@pytest.fixture(scope="module")
def trained():
    return {kind: train(kind, vocab_size=320) for kind in ("word", "nltk", "unigram", "bpe")}


@quick
@given(text=st.text() | st.text("a \u2581<s>0xE9\u2047\ufffd"))
@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_pieces_spell_any_text(trained, kind, text):
    ids = trained[kind].encode(text)
    assert trained[kind].decode(ids) == text
    assert not set(ids) & {PAD, BOS, EOS, UNK}


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_pieces_spell_spaces_though_the_corpus_had_none(kind):
    tokenizer = train(kind, ["日本語"] * 3)
    for text in (" ", "  日 本\u2581", "\u2581 "):
        assert tokenizer.decode(tokenizer.encode(text)) == text


@quick
@given(text=st.text() | st.text(st.sampled_from("the man <unk> dogs")).map(str))
def test_words_decoded_once_decode_the_same_again(trained, text):
    tokenizer = trained["word"]
    once = tokenizer.decode(tokenizer.encode(text))
    assert tokenizer.decode(tokenizer.encode(once)) == once


@quick
@given(text=st.text(), lowercase=st.booleans(), kind=st.sampled_from(["word", "nltk"]))
def test_words_of_any_text_never_become_padding_or_the_end(text, lowercase, kind):
    tokenizer = train(kind, ["a", text], lowercase=lowercase)
    ids = tokenizer.encode(text)
    assert not set(ids) & {PAD, BOS, EOS}
    assert max(ids, default=0) < tokenizer.vocab_size


def test_treebank_words_join_as_people_write():
    text = "A man's dog doesn't run (fast), \"he\" says."
    tokenizer = train("nltk", [text])
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.vocab_size - 4 > len(text.split())


def test_the_unknown_word_in_a_text_is_the_unknown_token(trained):
    for kind in ("word", "nltk"):
        assert trained[kind].encode("<unk> dogs zebra")[::2] == [UNK, UNK]
        assert trained[kind].decode(trained[kind].encode("two zebra run")) == "two <unk> run"
    for kind in ("unigram", "bpe"):
        assert trained[kind].decode([UNK, UNK]) == "<unk><unk>"


def test_words_that_look_like_specials_are_ordinary_words(trained):
    ids = trained["word"].encode("<s> man </s> <pad>")
    assert min(ids) > UNK
    assert trained["word"].decode(ids) == "<s> man </s> <pad>"
    assert train("word", ["a man"]).encode("<s> a </s>") == [UNK, 4, UNK]


@pytest.mark.parametrize("kind", ["word", "nltk", "unigram", "bpe"])
def test_decoding_stops_at_the_end_and_skips_padding(trained, kind):
    tokenizer = trained[kind]
    ids = tokenizer.encode("two dogs")
    assert tokenizer.decode([BOS, *ids, PAD, EOS, *ids, PAD]) == "two dogs"
    assert tokenizer.decode([EOS]) == tokenizer.decode([]) == ""


def test_the_vocabulary_is_cut_by_frequency_and_ties_by_the_alphabet():
    texts = ["d d c c b b a", "z a e"]
    assert train("word", texts).words[4:] == ["a", "b", "c", "d", "e", "z"]
    assert train("word", texts, vocab_size=3).words[4:] == ["a", "b", "c"]
    assert train("word", texts, vocab_size=3).vocab_size == 7
    assert train("word", texts, min_count=2).words[4:] == ["a", "b", "c", "d"]


def test_case_is_folded_on_request():
    assert train("word", ["A Man a"], lowercase=True).decode([4, 5]) == "a man"
    for kind in ("word", "unigram"):
        tokenizer = train(kind, lowercase=True)
        assert tokenizer.decode(tokenizer.encode("Two DOGS")) == "two dogs"


@pytest.mark.parametrize("kind", ["word", "nltk", "unigram", "bpe"])
def test_a_saved_tokenizer_is_the_same_tokenizer(tmp_path, trained, kind):
    trained[kind].save(tmp_path / "tokenizer")
    loaded = load_tokenizer(tmp_path / "tokenizer")
    assert (loaded.fingerprint, loaded.vocab_size) == (trained[kind].fingerprint, trained[kind].vocab_size)
    for text in SENTENCES:
        assert loaded.encode(text) == trained[kind].encode(text)
    assert json.loads((tmp_path / "tokenizer" / "tokenizer.json").read_text()) == {"kind": kind, "lowercase": False}


def test_a_saved_vocabulary_has_a_word_a_line(tmp_path):
    WordTokenizer(["a", "<s>", "b"]).save(tmp_path)
    assert (tmp_path / "vocab.txt").read_text() == "<pad>\n<s>\n</s>\n<unk>\na\n<s>\nb\n"
    assert load_tokenizer(tmp_path).encode("a <s> b") == [4, 5, 6]


@pytest.mark.parametrize("kind", ["word", "unigram", "bpe"])
def test_the_same_texts_give_the_same_tokenizer(trained, kind):
    assert train(kind, vocab_size=320).fingerprint == trained[kind].fingerprint
    assert train(kind, vocab_size=320, lowercase=True).fingerprint != trained[kind].fingerprint


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_a_small_corpus_gives_fewer_pieces_than_asked_for(kind):
    assert train(kind, ["a"], vocab_size=11_000).vocab_size < 300


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
@pytest.mark.parametrize("size", [1, 200, 262])
def test_too_few_pieces_for_the_letters_are_refused_with_the_least_number(kind, size):
    with pytest.raises(UserError, match=rf"vocab_size {size} with tokenizer {kind}; expected \d+ or more"):
        train(kind, vocab_size=size)


@pytest.mark.parametrize("kind", ["word", "unigram", "bpe"])
def test_an_error_in_the_texts_is_passed_on(kind):
    def texts():
        yield "a man"
        raise UserError("file:2: bad")

    with pytest.raises(UserError, match=r"^file:2: bad$"):
        train(kind, texts())
    with pytest.raises(UserError, match="no sentence to learn a vocabulary from"):
        train(kind, [])


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_half_a_surrogate_pair_is_refused_by_pieces(trained, kind):
    with pytest.raises(UserError, match="is no text"):
        trained[kind].encode("a \udcff")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, r"tokenizer\.json not found; expected a saved tokenizer$"),
        ({"tokenizer.json": "{"}, r"tokenizer\.json is not JSON"),
        ({"tokenizer.json": '{"kind": "char", "lowercase": false}'}, r"expected kind \(word, nltk, unigram, bpe\)"),
        (
            {"tokenizer.json": '{"kind": "word", "lowercase": false}'},
            r"vocab\.txt not found; expected a saved tokenizer",
        ),
        ({"tokenizer.json": '{"kind": "word", "lowercase": false}', "vocab.txt": "a\nb\n"}, "expected the lines <pad>"),
        (
            {"tokenizer.json": '{"kind": "bpe", "lowercase": false}', "sentencepiece.model": "no model"},
            "no sentencepiece model",
        ),
    ],
)
def test_a_damaged_folder_is_named(tmp_path, files, message):
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=message):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "See http://a.com/b?c=1&d=2, please.",
        "https://example.org/~me is down.",
        "Mail me at joe@x.org, please.",
        "Ask @joe about #5 & more.",
        "He said 'yes' to me.",
        "'Tis the '90s, she said.",
        "It's the dogs' bone, O'Neil's car, rock 'n' roll.",
        "He said \u2018yes\u2019 and \u201cno\u201d.",
        "\u201cHi,\u201d he said. \u2018Bye!\u2019",
        "l\u2019\u00e9cole, don\u2019t and the dogs\u2019 bone",
        'She said "hello" twice.',
        "wait... what?!",
        "don't can't cannot gonna",
    ],
)
def test_words_of_the_treebank_are_joined_as_people_write(text):
    cut, join = cutters("nltk")
    assert join(cut(text)) == text


@pytest.mark.parametrize("words", [[], ["'"], ["\u2019"], ["\u201c"], ["@"], ["\u201d", "a"], ["http", ":"]])
def test_words_in_any_order_are_joined(words):
    _, join = cutters("nltk")
    assert [*join(words).replace(" ", "")] == [*"".join(words)]

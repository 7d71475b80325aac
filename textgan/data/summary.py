"""What of a corpus was kept and what was not, in words."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from textgan.data.config import SettledDataConfig
from textgan.data.sources import TextSource
from textgan.data.specials import SPECIALS
from textgan.data.tokenizer import Tokenizer, counts_words

_FEW = 1_000  # sentences, below which samples mostly repeat them
_MANY_UNKNOWN, _MANY_LONG = 0.1, 0.2
_MOST_LISTED = 10

Tallies = Mapping[str, Mapping[str, int]]
"""Split -> what was counted of it."""


def summary(
    config: SettledDataConfig, source: TextSource, tokenizer: Tokenizer, tallies: Tallies, labels: Tallies
) -> Iterator[str]:
    """A line per fact.

    Args:
        config: which text, and how it was cut.
        source: its names and where valid comes from.
        tokenizer: its vocabulary.
        tallies: of each split, as a `TokenWriter` and the parts counted it.
        labels: how many sentences of each split have each label.
    """
    yield f"vocabulary of {tokenizer.vocab_size:,} ({config.tokenizer})"
    for name, tally in tallies.items():
        yield from _of_split(config, name, tally)
    yield from _of_vocabulary(config, tokenizer, tallies["valid"])
    if source.valid_is_cut:
        kept = {name: tally["rows"] for name, tally in tallies.items()}
        yield (
            f"{source.name} has no valid split: {kept['valid']:,} of {kept['train'] + kept['valid']:,} "
            f"sentences cut off by a hash of their text (valid_fraction {config.valid_fraction})"
        )
    yield from _of_labels(labels)


def _of_split(config: SettledDataConfig, name: str, tally: Mapping[str, int]) -> Iterator[str]:
    done = "truncated" if config.long_sentences == "truncate" else "dropped"
    yield (
        f"{name}: {tally['rows']:,} sentences, {tally['tokens'] / tally['rows']:.1f} tokens each, "
        f"{100 * tally['unknown'] / tally['tokens']:.2f} % unknown; {tally['long']:,} over "
        f"{config.max_length} tokens {done}, {tally['empty']:,} empty skipped"
    )
    if name == "train" and tally["rows"] < _FEW:
        yield f"train: so few sentences are likely learned by heart; samples are new with {_FEW:,} or more"
    long = tally["long"] / (tally["rows"] + tally["long"])
    if name == "train" and long > _MANY_LONG and config.long_sentences == "drop":
        yield (
            f"train: {100 * long:.0f} % of the sentences are too long: "
            "--long-sentences truncate keeps their beginnings, a larger --max-length all of them"
        )
    if tally["headers"]:
        yield f"{name}: {tally['headers']:,} lines repeat the header of their file and are skipped"
    if tally["unlabeled"]:
        yield (
            f"of train, {tally['unlabeled']:,} sentences are from {config.unlabeled}, without labels; "
            f"{tally['held_out']:,} more stand in valid or test and are left out"
        )


def _of_vocabulary(config: SettledDataConfig, tokenizer: Tokenizer, valid: Mapping[str, int]) -> Iterator[str]:
    """What to do where the vocabulary misses many words of valid."""
    missed = valid["unknown"] / valid["tokens"]
    if missed <= _MANY_UNKNOWN or not counts_words(config.tokenizer):
        return
    full = tokenizer.vocab_size - len(SPECIALS) >= config.vocab_size
    ways = ["--vocab-size above " + str(config.vocab_size)] if full else []
    ways += [f"--min-count below {config.min_count}"] if config.min_count > 1 else []
    ways += ["--tokenizer nltk, which cuts punctuation off words"] if config.tokenizer == "word" else []
    ways += [] if config.lowercase else ["--lowercase true"]
    yield (
        f"the vocabulary misses {100 * missed:.0f} % of the words of valid, which become <unk>: "
        f"{', '.join([*ways, 'or --tokenizer unigram or bpe, which know no unknown words'])}"
    )


def _of_labels(labels: Tallies) -> Iterator[str]:
    names = sorted({name for counts in labels.values() for name in counts})
    if not names:
        return
    yield f"{len(names)} labels: {_listed(names)}"
    train = labels.get("train", {})
    for split, counts in labels.items():
        if strange := [name for name in counts if name not in train]:
            yield f"labels that {split} has and train has not, so that no model can learn them: {_listed(strange)}"
    folded: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        folded[name.casefold()].append(name)
    if alike := [" and ".join(same) for same in folded.values() if len(same) > 1]:
        yield f"labels that differ in their case alone are different classes: {_listed(alike)}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_MOST_LISTED]) + (", ..." if len(names) > _MOST_LISTED else "")

"""Samples and interpolations that nobody chose, as Markdown: seed 0, and held-out sentences at fixed places.

python scripts/show.py RUN [--samples 20] [--temperature 0]
"""

import argparse

import textgan
from textgan.data.config import DataConfig
from textgan.data.corpus import open_corpus


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("run")
    flags.add_argument("--samples", type=int, default=20)
    flags.add_argument("--interpolations", type=int, default=3)
    flags.add_argument("--temperature", type=float, default=0.0)
    values = flags.parse_args()
    model = textgan.SentenceModel.from_pretrained(values.run)
    for sentence in model.sample(values.samples, seed=0, temperature=values.temperature):
        print(f"- {sentence}")
    data = model.config.data
    assert isinstance(data, DataConfig)
    valid = open_corpus(data, model.tokenizer).valid
    # Neighbours in a corpus are often about the same thing: ends are taken from all over it.
    places = [i * len(valid) // (2 * values.interpolations) for i in range(2 * values.interpolations)]
    for a, b in zip(places[::2], places[1::2], strict=True):
        print(f"\n`{valid.text(a)}` to `{valid.text(b)}`:\n")
        for sentence in model.interpolate(valid.text(a), valid.text(b), steps=7):
            print(f"1. {sentence}")


if __name__ == "__main__":
    main()

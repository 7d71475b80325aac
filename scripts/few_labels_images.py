"""Semi-supervised ALI on images with few labels, beside its own discriminator trained on these labels alone.

    python scripts/few_labels_images.py FOLDER_OF_MNIST [--labels 100,1000] [--draws 3] [--minutes 6] [--threads 1]
    python scripts/few_labels_images.py FOLDER_OF_MNIST --conditional --minutes 6

Each draw is another choice of labeled images and another seed. Errors are of the test images. With --conditional, ALI
is told the class instead, and a classifier of all labels says how often its samples are of the class that was wanted.
"""

import argparse
import time
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F

import textgan
from textgan.data.config import ImageConfig
from textgan.data.images import ImageData, ImageStream, open_images
from textgan.evaluation.images.classifier import open_reference_classifier
from textgan.models import build
from textgan.models.ali import ALI
from textgan.randomness import Randomness
from textgan.recipes.gans import ALIConfig

STEPS, BATCH, EACH = 1000, 100, 500


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("data")
    flags.add_argument("--labels", default="100,1000")
    flags.add_argument("--draws", type=int, default=3)
    flags.add_argument("--minutes", type=float, default=6.0)
    flags.add_argument("--threads", type=int, default=1)
    flags.add_argument("--conditional", action="store_true")
    values = flags.parse_args()
    torch.set_num_threads(values.threads)
    config = ImageConfig(values.data, binarize="once")
    if values.conditional:
        wanted_classes(config, values)
        return
    print(
        "| labels | draw | supervised, error % | ALI, error % | rounds | CPU s |\n| --- | --- | --- | --- | --- | --- |"
    )
    for number in map(int, values.labels.split(",")):
        for draw in range(values.draws):
            data = open_images(replace(config, labeled=number, image_seed=draw))
            alone = supervised_error(data, draw)
            began, heard = time.process_time(), Rounds()
            model = textgan.train(
                "ali", values.data, binarize="once", labeled=number, image_seed=draw, seed=draw, semi_supervised=True,
                minutes=values.minutes, threads=values.threads, callbacks=[heard],
            )  # fmt: skip
            assert isinstance(model, textgan.ImageModel)
            x, labels = held_out(data)
            wrong = float((model.classify(x).argmax(1) != labels).mean())
            cpu = time.process_time() - began
            print(f"| {number:,} | {draw} | {alone:.1%} | {wrong:.1%} | {heard.rounds:,} | {cpu:,.0f} |", flush=True)


class Rounds(textgan.Callback):
    """Counts them."""

    rounds = 0

    def on_round(self, number: int) -> None:
        """The number is that of the last."""
        self.rounds = number


def held_out(data: ImageData) -> tuple[np.ndarray, np.ndarray]:
    test = data.test or data.valid
    batch = test.batch(np.arange(len(test)))
    return batch.x.numpy(), batch.labels.numpy()


def supervised_error(data: ImageData, seed: int) -> float:
    """Of ALI's discriminator, codes left at 0, that has learned the shown labels alone: share of the test images."""
    torch.manual_seed(seed)
    game = build(ALIConfig(semi_supervised=True), data.spec)
    assert isinstance(game, ALI)
    network, random = game.discriminator, Randomness(seed)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, STEPS)
    stream = ImageStream(data.train, BATCH, seed)
    for step in range(STEPS):
        random.at(step)
        batch = stream.labeled(step)
        loss = F.cross_entropy(network(batch.x, torch.zeros(BATCH, game.code_dim), noise=random.uniform), batch.labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    network.eval()
    x, labels = held_out(data)
    with torch.no_grad():
        found = [
            network(part, torch.zeros(len(part), game.code_dim)).argmax(1) for part in torch.from_numpy(x).split(500)
        ]
    return float((torch.cat(found).numpy() != labels).mean())


def wanted_classes(config: ImageConfig, values: argparse.Namespace) -> None:
    """Train conditional ALI, and say how often a classifier sees the wanted class in its samples."""
    judge = open_reference_classifier(open_images(config))
    model = textgan.train(
        "ali", values.data, binarize="once", conditional=True, minutes=values.minutes, threads=values.threads
    )
    assert isinstance(model, textgan.ImageModel)
    shares = []
    for label in range(10):
        samples = model.sample(EACH, seed=label, label=label)
        shares.append(float((judge(samples).labels == label).mean()))
        print(f"class {label}: {shares[-1]:.1%} of {EACH} samples are seen as such", flush=True)
    print(f"mean {np.mean(shares):.1%}; the classifier is right for {judge.accuracy:.2%} of real images")


if __name__ == "__main__":
    main()

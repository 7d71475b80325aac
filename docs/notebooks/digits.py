# ---
# jupyter:
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# ---

# %% [markdown]
# # Binarized digits: ACAI, ALI, alpha-GAN
#
# Three papers on autoencoders with adversaries, by one trainer on one data set. To stay below a minute the digits are the scans of scikit-learn, 8 x 8 pixels, and
# each model trains for about a quarter of that minute: what you see is a beginning. `textgan train ali --data MNIST_FOLDER --binarize dynamic` does the same at
# full size.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
import textgan
from sklearn.datasets import load_digits
from textgan.pictures import grid

scans = load_digits()
images = (scans.images / 16 * 255).astype(
    np.uint8
)  # (1797, 8, 8), any array of your own will do
train, test = images[:1_500], images[1_500:]


def show(pictures, titles):
    """Two rows of twelve images each, (24, 1, H, W) from -1 to 1, one model above the other."""
    figure, axes = plt.subplots(
        len(pictures), 1, figsize=(7, 1.35 * len(pictures)), dpi=100
    )
    for picture, title, axis in zip(pictures, titles, np.atleast_1d(axes), strict=True):
        framed = np.pad(picture, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-0.3)
        axis.imshow(grid(framed, 12), cmap="gray", interpolation="nearest")
        axis.set_axis_off()
        axis.set_title(title, fontsize=8)
    figure.tight_layout(pad=0.4)


black_and_white = np.where(test[:, None] >= 128, 1.0, -1.0).astype(np.float32)
# Binarized scans of digits
show([black_and_white[:24]], ["real"])

# %% [markdown]
# ## Train
#
# | model | its game |
# | --- | --- |
# | ACAI | an autoencoder; a critic guesses how much an image is mixed from two, and the autoencoder makes it guess none |
# | ALI | an encoder and a decoder; a discriminator tells (image, its code) from (decoded image, code) |
# | alpha-GAN | a VAE in which discriminators of images and of codes take the place of two densities |
#
# Settings that differ from the usual ones suit so short a run: small networks, an average over fewer rounds, and no dropout and less noise for ALI.

# %%
settings = {
    "acai": {"rounds": 400},
    "ali": {
        "rounds": 800,
        "channels": [16, 32],
        "dropout": 0.0,
        "image_noise": 0.3,
        "average": 0.98,
    },
    "alphagan": {"rounds": 160, "channels": [32, 64], "average": 0.98},
}
models = {}
for name, options in settings.items():
    began = time.process_time()
    models[name] = textgan.train(
        name,
        train,
        binarize="threshold",
        threads=1,
        seed=0,
        evaluate_every=10_000,
        **options,
    )
    print(
        f"{name}: {options['rounds']} rounds, {time.process_time() - began:.0f} CPU seconds"
    )

# %% [markdown]
# ## Samples

# %%
samples = [model.sample(24, seed=0) for model in models.values()]
# Real digits, and samples of ACAI, ALI and alpha-GAN
show([black_and_white[:24], *samples], ["real", *models])

# %% [markdown]
# ACAI has no generator: its samples are decoded from a Gaussian fitted to codes, and it was made for the next picture instead. ALI has no reconstruction
# loss, all that it learns comes from its discriminator: here it has only begun, and the run said so. After eight minutes of MNIST at full size it samples
# this:
#
# ![Samples of ALI, binarized MNIST, eight minutes of one core](../images/ali-mnist.png)
#
# ## Between two digits

# %%
rows = {}
for name, model in models.items():
    ways = [
        model.interpolate(black_and_white[a], black_and_white[b], steps=12)
        for a, b in ((0, 4), (9, 15))
    ]
    rows[name] = np.concatenate(ways)
# Two interpolations of each model, from one test digit to another
show(list(rows.values()), list(rows))

# %% [markdown]
# ## What codes are worth
#
# A linear classifier on the codes of 1,500 digits, tested on the other 297; on pixels beside it. And how far reconstructions are from the test digits.

# %%
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

bits = np.where(train[:, None] >= 128, 1.0, -1.0).astype(np.float32)
table = []
for name, encode in {"pixels": None, **models}.items():
    codes = [
        x.reshape(len(x), -1) if encode is None else encode.encode(x)
        for x in (bits, black_and_white)
    ]
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000)).fit(
        codes[0], scans.target[:1_500]
    )
    back = black_and_white if encode is None else encode.reconstruct(black_and_white)
    table.append(
        {
            "codes of": name,
            "numbers in a code": codes[0].shape[1],
            "right, %": 100 * probe.score(codes[1], scans.target[1_500:]),
            "pixels reconstructed right, %": 100
            * np.mean((back > 0) == (black_and_white > 0)),
        }
    )
pd.DataFrame(table).round(1)

# %% [markdown]
# [Images](../images.md) has MNIST, lines and colors at full length, and [results](../results.md#images) what was measured there.

# ---
# jupyter:
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# ---

# %% [markdown]
# # Train on your own sentences
#
# A list of strings is enough. The sentences here come from the grammar inside the package, so that no download is needed; put your own in their place.

# %%
import textgan
from textgan import scenes

sentences = [
    scene.text for scene in scenes.sample(20_000, seed=0)
]  # or open("my.txt").read().splitlines()
sentences[:3]

# %% [markdown]
# ## Train
#
# `textgan.train` does what the command `textgan train` does, and returns the model. The networks are small and the run is short: half a minute on one core. A
# callback keeps the measurements on validation sentences that come along the way.

# %%
history = []


class Keep(textgan.Callback):
    """Collects measurements."""

    def on_metrics(self, number, metrics):
        """After each validation and each line of the log."""
        history.append({"round": number, **metrics})


model = textgan.train(
    "arae",
    sentences,
    preset="arae-small",
    rounds=400,
    evaluate_every=100,
    threads=1,
    seed=0,
    callbacks=[Keep()],
)

# %% [markdown]
# The line above is what the end of every run says: what is wrong with the model, if anything, and what to do. 400 rounds are few.
#
# What the model reconstructs grows with the rounds. It is the share of words that the decoder gets right from a code, on sentences that it has not seen.

# %%
import matplotlib.pyplot as plt

points = [
    (row["round"], row["valid.token_accuracy"])
    for row in history
    if "valid.token_accuracy" in row
]
figure, axes = plt.subplots(figsize=(5, 2.4), dpi=100)
axes.plot(*zip(*points, strict=True), marker="o")
axes.set(xlabel="round", ylabel="words right")
# Words of validation sentences that are reconstructed right
axes.grid(alpha=0.3)

# %% [markdown]
# ## Sample
#
# Each sample is a random point of the space of codes, decoded.

# %%
print("\n".join(model.sample(8, seed=0)))

# %% [markdown]
# Constraints choose among samples:

# %%
print("\n".join(model.sample(4, seed=0, contains=["dog"], unique=True)))

# %% [markdown]
# How good is that? The grammar can say which samples it could have written itself. The share rises with training: the model in the package, trained for
# 11 minutes, stands beside.

# %%
box = textgan.load("scenes")
for name, each in (("this model", model), ("the model in the package", box)):
    samples = each.sample(300, seed=1)
    grammatical = sum(map(scenes.is_valid, samples)) / len(samples)
    print(
        f"{name}: {grammatical:.0%} grammatical, {len(set(samples)) / len(samples):.0%} distinct"
    )

# %% [markdown]
# ## Save and share
#
# The folder has a model card, and no pickle. `textgan sample my-model` reads it as well, and `model.push_to_hub("owner/name")` puts it on the hub.

# %%
from pathlib import Path

model.save_pretrained("my-model")
again = textgan.load("my-model")
assert again.sample(3, seed=0) == model.sample(3, seed=0)
for file in sorted(Path("my-model").rglob("*")):
    if file.is_file():
        print(f"{file.relative_to('my-model')!s:<24}{file.stat().st_size / 1e3:8.1f} kB")

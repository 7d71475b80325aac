# ---
# jupyter:
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# ---

# %% [markdown]
# # Gradients and arithmetic
#
# Sentences are points of a space: one walks from one to another, and adds to them what others have in common. The model is the one that comes with textgan.

# %%
import textgan

model = textgan.load("scenes")
model

# %% [markdown]
# ## From one sentence to another
#
# The straight line between two codes jumps: many points decode into the same sentence, then much changes at once.

# %%
start, end = "a woman is playing a flute .", "two boys are flying kites at the beach ."
print("\n".join(model.interpolate(start, end, steps=7)))

# %% [markdown]
# A smooth gradient chooses, among many sentences along the way, those that change little from line to line and read well.

# %%
smooth = model.interpolate(start, end, steps=7, smooth=True)
print("\n".join(smooth))

# %% [markdown]
# Words that changed from line to line, and how far each line is from the start in the space of codes:

# %%
import numpy as np

codes = model.encode(smooth)
far = np.linalg.norm(codes - codes[0], axis=1)
before: set[str] = set()
for sentence, distance in zip(smooth, far, strict=True):
    marked = " ".join(
        word if word in before or not before else f"[{word}]" for word in sentence.split()
    )
    print(f"{distance:4.2f}  {marked}")
    before = set(sentence.split())

# %% [markdown]
# ## A map
#
# Codes of real sentences in two dimensions, by principal components, colored by what is going on in them; the gradient is a path through the map.

# %%
import matplotlib.pyplot as plt
from sklearn.decomposition import PCA
from textgan import scenes

real = scenes.sample(1_500, seed=0)
plane = PCA(2).fit(model.encode([scene.text for scene in real]))
places = plane.transform(model.encode([scene.text for scene in real]))
labels = np.array([scene.label for scene in real])
shown = ["music", "food", "animals", "sport", "travel"]

figure, axes = plt.subplots(figsize=(6, 4), dpi=100)
for label in shown:
    axes.scatter(*places[labels == label].T, s=7, alpha=0.6, label=label)
axes.plot(*plane.transform(codes).T, "k.-", linewidth=1, label="the gradient")
axes.legend(fontsize=8, ncols=2)
axes.set(xticks=[], yticks=[])
# Codes of 1,500 sentences in two dimensions, and the path of the gradient
figure.tight_layout()

# %% [markdown]
# ## Arithmetic
#
# The mean code of some sentences minus the mean code of others is a vector. Added to other sentences, it gives them what the first have and the second have
# not: here dogs in place of men.

# %%
from textgan.sampling.arithmetic import attribute_vector, edit

some = [scene.text for scene in scenes.sample(20_000, seed=1)]
dogs = [text for text in some if " dog " in text][:300]
men = [text for text in some if text.startswith(("a man ", "a young man "))][:300]
vector = attribute_vector(model, add=dogs, subtract=men)

sources = [
    "a man is sleeping .",
    "a man is running on the beach .",
    "a young man is waiting at the bus stop .",
]
for source, once, more in zip(
    sources,
    edit(model, sources, vector),
    edit(model, sources, vector, scale=1.5),
    strict=True,
):
    print(f"{source:<45} x 1: {once:<40} x 1.5: {more}")

# %% [markdown]
# The same with number: from one person to several.

# %%
one = [text for text in some if text.startswith(("a man is ", "a woman is "))][:300]
several = [text for text in some if text.startswith(("two men are ", "two women are "))][
    :300
]
plural = attribute_vector(model, add=several, subtract=one)
for source, result in zip(sources, edit(model, sources, plural), strict=True):
    print(f"{source:<45} {result}")

# %% [markdown]
# It does not always work: the model is small, and a vector moves everything that goes along with the words. [Sentence arithmetic](../arithmetic.md) says what
# was measured.

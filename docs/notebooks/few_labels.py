# ---
# jupyter:
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# ---

# %% [markdown]
# # Few labels, beside scikit-learn
#
# Many texts, few of them labeled. `SentenceClassifier` is an estimator of scikit-learn that learns from the texts without labels too. A label of -1 means none,
# as everywhere in scikit-learn; the codes of a pandas category have it where a value is missing.

# %%
import pandas as pd
from textgan import scenes

everything = pd.DataFrame(
    scenes.sample(3_500, seed=0)
)  # columns text and label: ten kinds of activity
train, test = everything[:2_500].copy(), everything[2_500:]
few = (
    train.groupby("label").cumcount() < 10
)  # ten labels a class; the other 2,400 texts have none
labels = pd.CategoricalDtype(sorted(everything.label.unique()))
train["y"] = train.label.where(few).astype(labels).cat.codes
truth = test.label.astype(labels).cat.codes
train.sample(5, random_state=1)

# %% [markdown]
# ## Fit, and compare
#
# Beside it stands what one would write without it: TF-IDF and logistic regression on the hundred labeled texts, and self-training on all of them.

# %%
import time

import textgan
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import SelfTrainingClassifier

regression = LogisticRegression(C=10)
candidates = {
    "TF-IDF, logistic regression": (
        make_pipeline(TfidfVectorizer(), regression),
        train[few],
    ),
    "the same, self-training": (
        make_pipeline(TfidfVectorizer(), SelfTrainingClassifier(regression)),
        train,
    ),
    "textgan.SentenceClassifier": (textgan.SentenceClassifier(threads=1), train),
}
rows = []
for name, (estimator, data) in candidates.items():
    began = time.process_time()
    estimator.fit(data.text, data.y)
    right = 100 * estimator.score(test.text, truth)
    rows.append(
        {"classifier": name, "right, %": right, "CPU seconds": time.process_time() - began}
    )
pd.DataFrame(rows).round(1)

# %% [markdown]
# ## Ask it
#
# Probabilities, a refusal where it is less sure than one wants, and the words that speak for a class.

# %%
classifier = estimator
new = [
    "a woman is singing a song .",
    "two dogs are running after a ball .",
    "a girl is eating pizza with her friends .",
]
answers = pd.DataFrame(classifier.predict_proba(new), index=new, columns=labels.categories)
answers.round(2)

# %%
sure = classifier.predict(test.text, reject_below=0.8)
answered = sure != -1
print(
    f"where it is 80 % sure, {answered.mean():.0%} of the texts, {(sure == truth)[answered].mean():.0%} are right"
)

# %%
for best, sentence, (words, contributions, _) in zip(
    classifier.predict(new), new, classifier.explain(new), strict=True
):
    strongest = sorted(zip(contributions[:, best], words, strict=True), reverse=True)[:3]
    print(
        f"{labels.categories[best]:<8}",
        ", ".join(f"{word} {weight:+.1f}" for weight, word in strongest),
        " <-",
        sentence,
    )

# %% [markdown]
# ## In a pipeline, with a grid search
#
# Whatever changes texts into texts may stand before it; a grid search finds out whether that helps. `LabeledKFold` keeps the texts without labels in every
# training part and tests on labeled ones alone.

# %%
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import FunctionTransformer


def long_words(texts):
    """Only words of four letters and more."""
    return [" ".join(word for word in text.split() if len(word) > 3) for text in texts]


def last_words(texts):
    """The last three words, and the full stop."""
    return [" ".join(text.split()[-4:]) for text in texts]


pipeline = make_pipeline(FunctionTransformer(), textgan.SentenceClassifier(threads=1))
grid = {"functiontransformer__func": [None, long_words, last_words]}
search = GridSearchCV(pipeline, grid, cv=textgan.LabeledKFold(3), scoring="f1_macro")
search.fit(train.text[:1_500], train.y[:1_500])
scores = pd.DataFrame(search.cv_results_)
scores["words"] = ["all", "long ones", "the last"]
scores[["words", "mean_test_score", "std_test_score"]].round(2)

# %% [markdown]
# Here long words alone do better: what is going on is in nouns and verbs, and labels are too few to learn that "the" says nothing.
#
# ## Save
#
# Without pickle; `textgan classify activities new.txt` reads the folder from the shell.

# %%
classifier.save_pretrained("activities")
again = textgan.SentenceClassifier.from_pretrained("activities")
assert (again.predict(new) == classifier.predict(new)).all()
[str(labels.categories[n]) for n in again.predict(new)]

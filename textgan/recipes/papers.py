"""The papers of the models, as a person cites them."""

from typing import NamedTuple


class Paper(NamedTuple):
    """A paper.

    Args:
        title: of the paper.
        authors: full names, in order.
        venue: where it appeared.
        year: in which it appeared there.
        arxiv: number on arXiv; "" where it is not there.
    """

    title: str
    authors: tuple[str, ...]
    venue: str
    year: int
    arxiv: str = ""

    @property
    def short(self) -> str:
        """As a text cites it: "Zhao et al. 2018"."""
        names = [name.rsplit(" ", 1)[-1] for name in self.authors]
        return f"{' and '.join(names) if len(names) <= 2 else f'{names[0]} et al.'} {self.year}"

    @property
    def line(self) -> str:
        """As a list of references has it, in a line."""
        return f"{self.short}, {self.title}, {self.venue}" + (f", arXiv {self.arxiv}" if self.arxiv else "")

    @property
    def bibtex(self) -> str:
        """As an entry of BibTeX."""
        key = f"{self.authors[0].rsplit(' ', 1)[-1].lower()}{self.year}"
        fields = {"title": f"{{{self.title}}}", "author": " and ".join(self.authors), "booktitle": self.venue}
        fields |= {"year": str(self.year)} | ({"eprint": self.arxiv, "archivePrefix": "arXiv"} if self.arxiv else {})
        return f"@inproceedings{{{key},\n" + "".join(f"  {name} = {{{text}}},\n" for name, text in fields.items()) + "}"


_ARAE = Paper(
    "Adversarially Regularized Autoencoders",
    ("Junbo Zhao", "Yoon Kim", "Kelly Zhang", "Alexander M. Rush", "Yann LeCun"),
    "International Conference on Machine Learning",
    2018,
    "1706.04223",
)
_ACAI = Paper(
    "Understanding and Improving Interpolation in Autoencoders via an Adversarial Regularizer",
    ("David Berthelot", "Colin Raffel", "Aurko Roy", "Ian Goodfellow"),
    "International Conference on Learning Representations",
    2019,
    "1807.07543",
)

PAPERS: dict[str, Paper] = {
    "arae": _ARAE,
    "arae_transfer": _ARAE,
    "lm": Paper(
        "Recurrent Neural Network Based Language Model",
        ("Tomas Mikolov", "Martin Karafiat", "Lukas Burget", "Jan Cernocky", "Sanjeev Khudanpur"),
        "Interspeech",
        2010,
    ),
    "acai": _ACAI,
    "dropout_ae": _ACAI,
    "denoising_ae": Paper(
        "Extracting and Composing Robust Features with Denoising Autoencoders",
        ("Pascal Vincent", "Hugo Larochelle", "Yoshua Bengio", "Pierre-Antoine Manzagol"),
        "International Conference on Machine Learning",
        2008,
    ),
    "vae": Paper(
        "Auto-Encoding Variational Bayes",
        ("Diederik P. Kingma", "Max Welling"),
        "International Conference on Learning Representations",
        2014,
        "1312.6114",
    ),
    "aae": Paper(
        "Adversarial Autoencoders",
        ("Alireza Makhzani", "Jonathon Shlens", "Navdeep Jaitly", "Ian Goodfellow", "Brendan Frey"),
        "ICLR Workshop",
        2016,
        "1511.05644",
    ),
    "daae": Paper(
        "Educating Text Autoencoders: Latent Representation Guidance via Denoising",
        ("Tianxiao Shen", "Jonas Mueller", "Regina Barzilay", "Tommi Jaakkola"),
        "International Conference on Machine Learning",
        2020,
        "1905.12777",
    ),
    "vqvae": Paper(
        "Neural Discrete Representation Learning",
        ("Aaron van den Oord", "Oriol Vinyals", "Koray Kavukcuoglu"),
        "Advances in Neural Information Processing Systems",
        2017,
        "1711.00937",
    ),
    "ali": Paper(
        "Adversarially Learned Inference",
        (
            "Vincent Dumoulin", "Ishmael Belghazi", "Ben Poole", "Olivier Mastropietro", "Alex Lamb",
            "Martin Arjovsky", "Aaron Courville",
        ),
        "International Conference on Learning Representations",
        2017,
        "1606.00704",
    ),
    "alphagan": Paper(
        "Variational Approaches for Auto-Encoding Generative Adversarial Networks",
        ("Mihaela Rosca", "Balaji Lakshminarayanan", "David Warde-Farley", "Shakir Mohamed"),
        "arXiv preprint",
        2017,
        "1706.04987",
    ),
    "dcgan": Paper(
        "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
        ("Alec Radford", "Luke Metz", "Soumith Chintala"),
        "International Conference on Learning Representations",
        2016,
        "1511.06434",
    ),
    "wgan_gp": Paper(
        "Improved Training of Wasserstein GANs",
        ("Ishaan Gulrajani", "Faruk Ahmed", "Martin Arjovsky", "Vincent Dumoulin", "Aaron Courville"),
        "Advances in Neural Information Processing Systems",
        2017,
        "1704.00028",
    ),
    "age": Paper(
        "It Takes (Only) Two: Adversarial Generator-Encoder Networks",
        ("Dmitry Ulyanov", "Andrea Vedaldi", "Victor Lempitsky"),
        "AAAI Conference on Artificial Intelligence",
        2018,
        "1704.02304",
    ),
}  # fmt: skip
"""Model -> its paper; a plain autoencoder has none."""

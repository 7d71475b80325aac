"""Adversarially learned inference (Dumoulin, Belghazi, Poole, Mastropietro, Lamb, Arjovsky, Courville; ICLR 2017)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.capabilities import Classifies, Conditional
from textgan.data.types import Images, ImageSpec
from textgan.game import Game, Logs, Player, Turn
from textgan.models.gan import (
    averaged_copy,
    discriminator_batch,
    gan_code_dim,
    make_average,
    make_encoder,
    make_generator,
)
from textgan.networks.dcgan import Discriminator, Encoder, init_weights
from textgan.recipes.gans import ALIConfig
from textgan.settings import Decoding


class ALI(Game):
    """A GAN whose discriminator sees pairs of data and code (arXiv 1606.00704).

        data x -> encoder -> z_hat    (x, z_hat) or (x_tilde, z)?    x_tilde <- decoder <- z ~ N(0, I)

    min over encoder and decoder, max over D of  E log D(x, z_hat) + E log(1 - D(x_tilde, z));  trained with logits a:
        discriminator:        softplus(-a(x, z_hat)) + softplus(a(x_tilde, z))
        encoder and decoder:  softplus(a(x, z_hat)) + softplus(-a(x_tilde, z))   (each by its own term)

    Of images the code is Gaussian, mu + sigma * noise; of points an unknown function of the point and of noise. Both
    players are updated from one forward pass, in which the discriminator sees both kinds of pairs as one batch: in two
    batches, BatchNorm statistics would give away which is which. There is no reconstruction loss anywhere.

    Conditional: encoder, decoder and discriminator see the label, and a code is (z, one-hot label), so that
    data are decoded with the label that they were encoded with; batches are of labeled images. Semi-supervised: the
    discriminator has K logits l, a = logsumexp(l), and that of class K + 1, "generated", is 0 (Salimans et al. 2016);
    generators play on with a. Beside each batch comes one, as large, of images with labels, as in the code of Salimans
    et al., on which ALI's authors built theirs. `make_ali` chooses the class.

    Differs from the paper's code by default: networks a tenth the size, ReLU in encoder and decoder and leaky ReLU 0.2
    in the discriminator (theirs leak 0.01 everywhere), which drops whole maps, pixels in [-1, 1], no per-pixel output
    bias (the mean image is not known when a model is built), a moving average of encoder and decoder for use after
    training; `--preset ali-2016` has their rectifiers, dropout, weights and optimizer.

    Args:
        config: settings.
        spec: of the images or points.
        classes: K, values of the one-hot label that codes hold; 0: they hold none.
        logits: of the discriminator.
    """

    path = "slerp"

    def __init__(self, config: ALIConfig, spec: ImageSpec, classes: int = 0, logits: int = 1) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.latent_dim = gan_code_dim(config, spec)
        self.classes = classes
        self.code_dim = self.latent_dim + self.classes
        label_dim = config.label_dim if classes else 0
        self.embedding = nn.Linear(classes, label_dim, bias=False) if classes else None
        noise_dim = 0 if spec.is_image else self.latent_dim
        outputs = self.latent_dim * (2 if spec.is_image else 1)
        self.encoder = make_encoder(config, spec, outputs, noise_dim + label_dim, config.slope)
        self.decoder = make_generator(config, spec, self.latent_dim + label_dim, config.slope)
        self.discriminator = Discriminator(
            spec.shape,
            config.channels,
            config.joint_dims if spec.is_image else config.discriminator_dims,
            extra_dim=self.code_dim,
            extra_dims=config.code_dims if spec.is_image else (),
            out_dim=logits,
            pieces=1 if spec.is_image else config.maxout_pieces,
            dropout=config.dropout if spec.is_image else 0.0,
            drop_maps=config.dropout_of == "maps",
            norm=config.discriminator_norm,
            slope=config.discriminator_slope,
        )
        init_weights(self, config.init_std)
        self.averaged = averaged_copy(self._generators(), config.average)

    def encode(self, batch: Images) -> Tensor:
        """Codes of data: the mean of q(z | x) for images, the code at noise 0 for points; (B, D)."""
        return self._infer(batch, noisy=False)

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Mean pixels in [-1, 1], or points, of codes (B, D): (B, *shape)."""
        z, labels = z.split([self.latent_dim, self.classes], 1)
        x: Tensor = self._in_use()[1](torch.cat([z, *self._embedded(labels)], 1))
        return x.float()

    def prior(self, n: int) -> Tensor:
        """n codes of N(0, I), (n, D)."""
        return self.normal(n, self.latent_dim)

    def features(self, batch: Images) -> Tensor:
        """The code and all feature maps of the encoder of images, for a classifier of few labels: (B, F)."""
        encoder = self._in_use()[0]
        assert isinstance(encoder, Encoder)
        maps = [m.flatten(1).float() for m in encoder.maps(batch.x)]
        return torch.cat([self.encode(batch), *maps], 1)

    def make_players(self) -> dict[str, Player]:
        """The discriminator, and against it encoder and decoder as one."""
        c = self.config
        generators = self._generators()
        averaged = make_average(self.averaged, generators, c.average)
        return {
            "discriminator": Player.of(c.discriminator_optimizer, self.discriminator.parameters()),
            "generator": Player.of(c.generator_optimizer, generators.parameters(), average=averaged),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """Both at once, on one batch."""
        return [Turn(("discriminator", "generator"), self.loss)]

    def loss(self, batch: Images) -> tuple[dict[str, Tensor], Logs]:
        """Losses of both players on pairs (x, z_hat) of the data and pairs (x_tilde, z) of the prior."""
        return _losses(*self._logits(batch, batch.batch_size).logsumexp(1).chunk(2))  # of a single logit, itself

    def _logits(self, real: Images, n: int) -> Tensor:
        """The discriminator's logits of pairs of data, then of n pairs of the prior, all as one batch."""
        z_hat = self._infer(real, noisy=True)
        z = torch.cat([self.normal(n, self.latent_dim), z_hat[:n, self.latent_dim :]], 1)
        x = discriminator_batch(self, real.x, self.decode(z), self.config.discrete, self.config.image_noise)
        noise = self.uniform if self.training else None
        logits: Tensor = self.discriminator(x, torch.cat([z_hat, z]), noise=noise)
        return logits

    def _infer(self, batch: Images, noisy: bool) -> Tensor:
        labels = self._one_hot(batch.labels) if self.classes else batch.x.new_zeros(len(batch.x), 0)
        extra, encoder = self._embedded(labels), self._in_use()[0]
        shape = (len(batch.x), self.latent_dim)
        noise = self.normal(*shape) if noisy else torch.zeros(shape, device=batch.x.device)
        if not self.spec.is_image:
            return torch.cat([encoder(batch.x, noise, *extra), labels], 1)
        mu, log_sigma = encoder(batch.x, *extra).chunk(2, 1)
        sigma = log_sigma.clamp(self.config.min_log_sigma, self.config.max_log_sigma).exp()
        return torch.cat([mu + sigma * noise, labels], 1)

    def _one_hot(self, labels: Tensor) -> Tensor:
        """(B,) -> (B, K); an unknown label, -1, is a row of zeros."""
        return (labels[:, None] == torch.arange(self.classes, device=labels.device)).float()

    def _embedded(self, labels: Tensor) -> list[Tensor]:
        """One-hot labels (B, K) as encoder and decoder are given them."""
        return [] if self.embedding is None else [self._in_use()[2](labels).float()]

    def _generators(self) -> nn.ModuleList:
        networks = [self.encoder, self.decoder]
        return nn.ModuleList(networks if self.embedding is None else [*networks, self.embedding])

    def _in_use(self) -> nn.ModuleList:
        """Encoder, decoder and embedding: the trained ones in training, their averages otherwise."""
        return self.averaged if isinstance(self.averaged, nn.ModuleList) and not self.training else self._generators()


class ConditionalALI(ALI, Conditional):
    """ALI whose encoder, decoder and discriminator see the label: see `ALI`."""

    def __init__(self, config: ALIConfig, spec: ImageSpec) -> None:
        super().__init__(config, spec, classes=spec.classes)

    def prior(self, n: int) -> Tensor:
        """n codes: N(0, I), and labels sampled uniformly; (n, D)."""
        z = self.normal(n, self.latent_dim)
        labels = (self.uniform(n) * self.classes).long()
        return torch.cat([z, self._one_hot(labels)], 1)

    def prior_of(self, labels: Tensor) -> Tensor:
        """Codes for wanted labels (B,): (B, D)."""
        return torch.cat([self.normal(len(labels), self.latent_dim), self._one_hot(labels)], 1)

    def turns(self, step: int) -> Sequence[Turn]:
        """Both at once, on one batch of labeled images."""
        return [Turn(("discriminator", "generator"), self.loss, batches="labeled")]


class SemiSupervisedALI(ALI, Classifies):
    """ALI whose discriminator predicts the class too: see `ALI`."""

    def __init__(self, config: ALIConfig, spec: ImageSpec) -> None:
        super().__init__(config, spec, logits=spec.classes)

    def classify(self, batch: Images) -> Tensor:
        """Logits of the classes by the discriminator, (B, K)."""
        logits: Tensor = self.discriminator(batch.x, self.encode(batch))
        return logits

    def turns(self, step: int) -> Sequence[Turn]:
        """Both at once, on one batch of any images and one of labeled images."""
        return [Turn(("discriminator", "generator"), self.semi_supervised_loss, batches="uniform and labeled")]

    def semi_supervised_loss(self, batches: tuple[Images, Images]) -> tuple[dict[str, Tensor], Logs]:
        """The same of K logits for a batch; half the discriminator's, plus -log p(label | x, z_hat, real) for a second
        batch, of images with labels."""
        batch, labeled = batches
        logits, of_labeled, fake = self._logits(Images.join(batches), batch.batch_size).chunk(3)
        losses, logs = _losses(logits.logsumexp(1), fake.logsumexp(1))
        label_nll = F.cross_entropy(of_labeled, labeled.labels)
        losses["discriminator"] = 0.5 * losses["discriminator"] + self.config.label_weight * label_nll
        right = (of_labeled.argmax(1) == labeled.labels).float().mean()
        return losses, logs | {"label_nll": label_nll, "label_right": right}


def make_ali(config: ALIConfig, spec: ImageSpec) -> ALI:
    """ALI as its configuration says: plain, conditional or semi-supervised."""
    if config.conditional:
        return ConditionalALI(config, spec)
    return SemiSupervisedALI(config, spec) if config.semi_supervised else ALI(config, spec)


def _losses(real: Tensor, fake: Tensor) -> tuple[dict[str, Tensor], Logs]:
    """Of both players, from the logits a of pairs of data and of the prior, both (B,)."""
    discriminator = F.softplus(-real).mean() + F.softplus(fake).mean()
    generator = F.softplus(real).mean() + F.softplus(-fake).mean()
    right = ((real > 0).float().mean() + (fake < 0).float().mean()) / 2
    losses = {"discriminator": discriminator, "generator": generator}
    return losses, losses | {"right": right}

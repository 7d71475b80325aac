"""Adversarially regularized autoencoders (Zhao, Kim, Zhang, Rush, LeCun; ICML 2018; arXiv 1706.04223)."""

import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from textgan.capabilities import GeneratesCodes
from textgan.data.types import Images, ImageSpec, Sentences, TextSpec
from textgan.game import Average, Logs, Player, Turn, copy_of
from textgan.losses import gradient_penalty, unit
from textgan.models.autoencoder import Autoencoder, ImageAutoencoder, SentenceAutoencoder
from textgan.networks.gradients import RecordRowNorm, RescaleRowNorm
from textgan.networks.mlp import MLP, Critic, MLPAutoencoder
from textgan.networks.norm import BatchNorm
from textgan.networks.queue import CodeQueue
from textgan.recipes import ARAEConfig
from textgan.settings import Decoding

Data = Sentences | Images

_TO_SETTLE = 0.05  # share of a run in which the new pace of its rounds is measured


class ARAE(GeneratesCodes):
    """An autoencoder of discrete data, sentences or images, whose codes play a Wasserstein GAN.

               x -> encoder -> z, ||z|| = 1 -> decoder -> x_hat
                          noise -> generator -> z_fake          critic f: z or z_fake?

    min over encoder, decoder, generator of  -log p(x | z) + encoder_weight * W(z, z_fake),
    W(z, z_fake) = max over f of  E f(z) - E f(z_fake)  for slopes of f near penalty_slope.

    Differs from the authors' code by default: Adam for the autoencoder, the encoder's adversarial term within the
    reconstruction turn, real codes for the critic from a queue that this turn fills, reversed encoder input, a residual
    generator with LayerNorm, codes of norm 1 and a moving average, no BatchNorm in the critic, a penalty per sample,
    length buckets; `--preset arae-2018` and `arae-2017` are theirs. Their critic minimizes E f(z) - E f(z_fake); the
    sign here is the paper's. Of images the networks are multilayer perceptrons and pixels are Bernoulli, as in the
    authors' bmnist.
    """

    code_gradient_norm: Tensor

    def __init__(self, config: ARAEConfig, spec: TextSpec | ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = self._autoencoder(config, spec)
        self.code_dim = self.latent_dim = self.autoencoder.code_dim
        self.noise_dim = config.noise_dim
        self.generator = MLP(
            config.noise_dim, config.generator_dims, self.latent_dim, config.generator_norm, config.generator_residual
        )
        self.critic = Critic(self.latent_dim, config.critic_dims, config.critic_norm)
        self.register_buffer("code_gradient_norm", torch.zeros(()))
        self.queue = CodeQueue(config.code_queue, self.latent_dim) if config.code_queue else None
        self._scale = math.sqrt(self.latent_dim) if config.scale_codes else 1.0
        self._init_weights()
        self.averaged_generator = copy_of(self.generator) if config.generator_average else None

    def encode(self, batch: Data) -> Tensor:
        """Codes of sentences or images, of norm 1: (B, D)."""
        return self.latent(batch)

    def latent(self, batch: Data) -> Tensor:
        """The critic's input for data: here the code."""
        return unit(self.autoencoder.encode(batch))

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Sentences of codes (B, D): token ids, (B, max_length + 1); or mean pixels, (B, C, H, W)."""
        return self.autoencoder.decode(self.decoder_input(z), decoding, self)

    def logits(self, z: Tensor, batch: Data) -> Tensor:
        """Next-token logits of sentences, (M, V)."""
        return self.autoencoder.logits(self.decoder_input(z), batch)

    def token_nlls(self, z: Tensor, batch: Data) -> Tensor:
        """-log p of real tokens, nats, (M,)."""
        return self.autoencoder.token_nlls(self.decoder_input(z), batch)

    def decoder_input(self, z: Tensor) -> Tensor:
        """The decoder's input for codes (B, D): the codes, scaled."""
        return self.config.code_gain * z

    def projected(self, z: Tensor) -> Tensor:
        """Codes (B, D) of norm 1; a label at their end stays."""
        return torch.cat([unit(z[:, : self.latent_dim]), z[:, self.latent_dim :]], 1)

    def prior(self, n: int) -> Tensor:
        """Codes that the generator, or outside training its moving average, makes from Gaussian noise: (n, D)."""
        return self.generated(n)

    def generated(self, n: int) -> Tensor:
        """The critic's input from the generator, (n, latent_dim)."""
        return self.generated_from(self.normal(n, self.config.noise_dim))

    def generated_from(self, noise: Tensor) -> Tensor:
        """The same from noise (B, N): (B, latent_dim)."""
        generator = self.generator if self.training else self.averaged_generator or self.generator
        z: Tensor = generator(noise)
        z = torch.tanh(z) if self.config.tanh_generator else z
        return unit(z) if self.config.unit_generator else z

    def score(self, z: Tensor) -> Tensor:
        """The critic's score of codes (B, D): (B,)."""
        scores: Tensor = self.critic(self._scale * z)
        return scores

    def make_players(self) -> dict[str, Player]:
        """The autoencoder, its encoder alone, the critic and the generator."""
        c = self.config
        slow = self.averaged_generator
        average = None if slow is None else Average(slow, self.generator, c.generator_average)
        players = {"autoencoder": self.autoencoder.make_player()}
        if c.encoder_turn in ("separate", "critic"):
            players["encoder"] = Player.of(c.encoder_optimizer, self.autoencoder.encoder.parameters())
        return players | {
            "critic": Player.of(c.critic_optimizer, self.critic.parameters(), clamp=c.weight_clip),
            "generator": Player.of(c.generator_optimizer, self.generator.parameters(), average=average),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """Algorithm 1: one reconstruction, `critic_steps` of the critic, one of the encoder, one of the generator.

        The encoder's is part of the reconstruction or, as `encoder_turn` says, a separate turn, part of the critic's
        or after each of these. Those of critic and generator come in every `gan_every`-th round only.
        """
        c = self.config
        noise_std = c.code_noise * c.code_noise_anneal ** (step // 100)
        reconstruct = Turn("autoencoder", partial(self.reconstruction_loss, noise_std=noise_std), batches="epoch")
        encode = Turn("encoder", self.encoder_loss, batch_size=c.encoder_batch_size)
        generate = Turn("generator", self.generator_loss, 1, "none", c.gan_batch_size, full_precision=True)
        separate = c.encoder_turn == "separate" and self.encoder_learns
        gan = [*self._critic_turns(), *([encode] if separate else []), generate]
        times = 0 if step % c.gan_every else 1 + sum(step >= start for start in c.gan_schedule)
        return [reconstruct, *gan * times]

    @property
    def encoder_learns(self) -> bool:
        """Whether the encoder still learns, see `ARAEConfig.encoder_until`."""
        return self.config.encoder_until == 1 or self.progress < self.config.encoder_until

    @property
    def steady_from(self) -> float:
        """Shortly after the encoder's last update: a round is cheaper from there on."""
        until = self.config.encoder_until
        return 0.0 if until == 1 else min(until + _TO_SETTLE, 1 - _TO_SETTLE)

    def _critic_turns(self) -> list[Turn]:
        turn = self._critic_turn()
        if self.config.encoder_turn != "after_critic" or not self.encoder_learns:
            return [turn]
        turn = turn._replace(repeat=1, precompute=self.latent, loss=self.critic_loss, batches="uniform")
        then = Turn("autoencoder", self.encoder_loss, batches="previous", batch_size=turn.batch_size)
        return [turn, then] * self.config.critic_steps

    def _critic_turn(self) -> Turn:
        c = self.config
        turn = Turn("critic", self.critic_loss, c.critic_steps, batch_size=c.gan_batch_size, full_precision=True)
        if c.encoder_turn == "critic" and self.encoder_learns:
            joint = turn._replace(players=("critic", "encoder"), loss=self.critic_and_encoder_loss)
            return joint._replace(full_precision=c.weight_clip is None)
        if self.queue is None:
            return turn._replace(precompute=self.latent)
        return turn._replace(loss=self.critic_loss_of_queue, batches="none")

    def reconstruction_loss(self, batch: Data, noise_std: float) -> tuple[Tensor, Logs]:
        """-log p(x | z + noise), nats per token, end token counted, or nats per image; and the encoder's part of W."""
        z = self.learned(batch)
        loss = self.autoencoder.loss(self.decoder_input(self.perturbed(self.recorded(z), noise_std)), batch, self)
        return loss + self.adversarial(z), {"reconstruction": loss}

    def learned(self, batch: Data) -> Tensor:
        """Codes of data for the reconstruction, (B, D); without a graph once the encoder no longer learns."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.encoder_learns):
            return self.latent(self.autoencoder.corrupted(batch, self))

    def recorded(self, z: Tensor) -> Tensor:
        """Codes on their way to the decoder, (B, D): the queue keeps them, and their gradient is measured."""
        if self.queue is not None:
            self.queue.push(z)
        if self.config.match_gradients:
            z = RecordRowNorm.apply(z, self.code_gradient_norm)
        return z

    def perturbed(self, z: Tensor, noise_std: float) -> Tensor:
        """Codes with the Gaussian noise that is added to them in training."""
        return z + noise_std * self.normal(*z.shape) if noise_std > 0 else z

    def critic_loss_of_queue(self, batch_size: int) -> tuple[Tensor, Logs]:
        """The critic's loss on codes of the last rounds."""
        assert self.queue is not None
        return self.critic_loss(self.queue.draw(self.uniform(batch_size)))

    def critic_loss(self, z: Tensor) -> tuple[Tensor, Logs]:
        """E f(z_fake) - E f(z), plus the penalty on f's slope; z: codes of real sentences, (B, D)."""
        c = self.config
        z_fake = self.generated(len(z))
        wasserstein = self.score(z).mean() - self.score(z_fake).mean()
        logs = {"wasserstein": wasserstein}
        if c.weight_clip is not None:
            return -wasserstein, logs
        real, fake = self._scale * z, self._scale * z_fake
        penalty = gradient_penalty(self.critic, real, fake, self.uniform(len(z), 1), c.penalty_slope)
        return c.penalty_weight * penalty - wasserstein, logs | {"penalty": penalty}

    def encoder_loss(self, batch: Data) -> tuple[Tensor, Logs]:
        """E f(z): the encoder's part of W, which it lowers."""
        return self._weighted_score(self.latent(batch)), {}

    def critic_and_encoder_loss(self, batch: Data) -> tuple[dict[str, Tensor], Logs]:
        """Both at once on one batch, as in the authors' code of 2017."""
        z = self.latent(batch)
        critic, logs = self.critic_loss(z)
        return {"critic": critic, "encoder": self._weighted_score(z)}, logs

    def adversarial(self, z: Tensor) -> Tensor:
        """The encoder's part of W as a term of the reconstruction's loss; 0 where it is not one."""
        c = self.config
        weighs = c.encoder_turn == "reconstruction" and c.encoder_weight and self.encoder_learns
        return self._weighted_score(z) if weighs else z.new_zeros(())

    def _weighted_score(self, z: Tensor) -> Tensor:
        if self.config.match_gradients:
            z = RescaleRowNorm.apply(z, self.config.encoder_weight * self.code_gradient_norm)
            return self.score(z).mean()
        return self.config.encoder_weight * self.score(z).mean()

    def generator_loss(self, batch_size: int) -> tuple[Tensor, Logs]:
        """-E f(z_fake) over a batch of this size: the generator's part of W, which it lowers."""
        z_fake = self.generated(batch_size)
        return -self.score(z_fake).mean(), {"fake_norm": z_fake.norm(dim=1).mean()}

    def _init_weights(self) -> None:
        """N(0, 0.02^2) for generator and critic, as the authors, where `gan_init` says so."""
        layers = (*self.generator.modules(), *self.critic.modules()) if self.config.gan_init == "normal" else ()
        for layer in layers:
            if isinstance(layer, nn.Linear | BatchNorm):  # their loop reaches BatchNorm's weights too
                nn.init.normal_(layer.weight, 0, 0.02)
                nn.init.zeros_(layer.bias)

    def _autoencoder(self, config: ARAEConfig, spec: TextSpec | ImageSpec) -> Autoencoder:
        """Encoder and decoder for data of this shape."""
        if isinstance(spec, TextSpec):
            return SentenceAutoencoder(config, spec)
        dims = config.image_dims
        decoder_dims = dims[::-1] if config.image_decoder_dims is None else config.image_decoder_dims
        networks = MLPAutoencoder(spec.shape, dims, config.hidden_dim, decoder_dims)
        return ImageAutoencoder(networks, spec, config.autoencoder_optimizer, bernoulli=True)

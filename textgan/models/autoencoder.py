"""Encoder and decoder of sentences or images, with the likelihood of data: the same interface for every model."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from textgan.data.specials import BOS, EOS, PAD, UNK
from textgan.data.types import Images, ImageSpec, Sentences, TextSpec
from textgan.decoding import Guided, Stepper, generate
from textgan.device import moved
from textgan.game import Game, Player
from textgan.losses import bernoulli_nll, bernoulli_nlls, mean_pixels, pixel_loss
from textgan.muon import Matrix
from textgan.networks.conv import ConvAutoencoder
from textgan.networks.lstm import LSTMDecoder, LSTMEncoder
from textgan.networks.mlp import MLPAutoencoder
from textgan.networks.softmax import usual_cutoffs
from textgan.networks.transformer import TransformerDecoder, TransformerEncoder
from textgan.recipes.autoencoders import AutoencoderConfig
from textgan.recipes.sentences import SentenceConfig
from textgan.settings import Decoding, OptimizerConfig


class Autoencoder(nn.Module, ABC):
    """Codes of data, and data of codes.

    The game that it belongs to is handed over for its randomness.
    """

    code_dim: int
    """D, the size of a code."""

    encoder: nn.Module
    """The network that makes codes of data."""

    optimizer: OptimizerConfig
    """The optimizer of encoder and decoder."""

    def make_player(self, *others: nn.Parameter) -> Player:
        """Encoder and decoder as one player, with other parameters that it updates too."""
        return Player.of(self.optimizer, [*self.parameters(), *others], matrices=self.matrices)

    @property
    def matrices(self) -> list[Matrix]:
        """Weights whose updates Muon, where it is the optimizer, orthogonalizes."""
        return []

    @abstractmethod
    def encode(self, batch: Any) -> Tensor:
        """Codes of data, (B, D), float32."""

    @abstractmethod
    def loss(self, z: Tensor, batch: Any, game: Game) -> Tensor:
        """The loss of reconstructing data from codes (B, D): a mean over its units, see `units`."""

    @abstractmethod
    def nlls(self, z: Tensor, batch: Any) -> Tensor:
        """-log p(x | z) of each sentence or image, nats, (B,)."""

    @abstractmethod
    def decode(self, z: Tensor, decoding: Decoding, game: Game) -> Tensor:
        """Token ids, (B, max_length + 1), or mean pixels, (B, C, H, W), of codes (B, D)."""

    @abstractmethod
    def corrupted(self, batch: Any, game: Game) -> Any:
        """The encoder's input for data: in training with noise, or without some words."""

    @abstractmethod
    def units(self, batch: Any) -> float:
        """Units of the loss in a sentence or image: tokens, 1."""

    def logits(self, z: Tensor, batch: Any) -> Tensor:
        """Next-token logits at the M real tokens of sentences, (M, V)."""
        raise NotImplementedError("images have no words")

    def token_nlls(self, z: Tensor, batch: Any) -> Tensor:
        """-log p of the M real tokens of sentences, nats, (M,)."""
        raise NotImplementedError("images have no words")


class SentenceAutoencoder(Autoencoder):
    """LSTMs or Transformers; the loss is nats per token, end token counted.

    Args:
        config: sizes, dropout, deletion of words.
        spec: of the sentences.
        coded: whether there are codes; without them this is a language model, D = 0.
        condition_dim: size of the decoder's input besides the code, such as an attribute's embedding.
    """

    def __init__(self, config: SentenceConfig, spec: TextSpec, coded: bool = True, condition_dim: int = 0) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.code_dim = (config.code_dim or config.hidden_dim) if coded else 0
        sizes = (spec.vocab_size, config.embedding_dim, config.hidden_dim)
        cutoffs = usual_cutoffs(spec.vocab_size) if config.softmax_cutoffs is None else config.softmax_cutoffs
        self.encoder: LSTMEncoder | TransformerEncoder
        self.decoder: LSTMDecoder | TransformerDecoder
        if config.autoencoder == "transformer":
            self.optimizer = config.transformer_optimizer
            depth = {"layers": config.layers, "heads": config.heads, "max_length": spec.max_length}
            if coded:
                self.encoder = TransformerEncoder(*sizes, self.code_dim, **depth)
            self.decoder = TransformerDecoder(*sizes, self.code_dim + condition_dim, **depth, cutoffs=cutoffs)
        else:
            self.optimizer = config.autoencoder_optimizer
            if coded:
                self.encoder = LSTMEncoder(*sizes, code_dim=config.code_dim, reverse=config.reverse_input)
            self.decoder = LSTMDecoder(*sizes, self.code_dim + condition_dim, cutoffs)
            for parameter in self.parameters():  # as ARAE's authors; PyTorch's N(0, 1) for embeddings is far wider
                nn.init.uniform_(parameter, -0.1, 0.1)
            for layer in self.decoder.output.modules():
                if isinstance(layer, nn.Linear) and layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    @property
    def matrices(self) -> list[Matrix]:
        """Weights of LSTMs, and linear maps within Transformers and from states to codes; not those of words."""
        words = {id(m) for m in self.decoder.output.modules()}
        found = []
        for layer in self.modules():
            if isinstance(layer, nn.LSTM):
                inputs = (self.config.embedding_dim, layer.input_size - self.config.embedding_dim)
                of_inputs, of_state, *_ = layer.all_weights[0]
                found += [Matrix(of_inputs, tuple(width for width in inputs if width))]
                found += [Matrix(of_state, (layer.hidden_size,))]
            elif isinstance(layer, nn.Linear) and id(layer) not in words:
                found += [Matrix(layer.weight, (layer.in_features,))]
        return found

    def encode(self, batch: Sentences) -> Tensor:
        """Codes of sentences, (B, D)."""
        if self.code_dim == 0:
            return torch.zeros(batch.batch_size, 0, device=batch.tokens.device)
        z: Tensor = self.encoder(batch.inputs, batch.lengths)
        return z.float()

    def loss(self, z: Tensor, batch: Sentences, game: Game) -> Tensor:
        """-log p(x | z), nats per token."""
        return self.decoder.output.nll(self.states(z, batch, game), batch.real_targets, batch.token_count)

    def states(self, z: Tensor, batch: Sentences, game: Game) -> Tensor:
        """The decoder's last hidden states at real tokens, (M, H), given the words before; in training with dropout."""
        c, inputs = self.config, batch.inputs
        if self.training and c.word_dropout > 0:
            dropped = game.uniform(*inputs.shape) < c.word_dropout
            dropped[:, 0] = False  # <s>
            inputs = inputs.masked_fill(dropped, UNK)
        states = self.decoder.states(z, inputs, batch.places)
        if self.training and c.state_dropout > 0:
            # One draw for a sentence: a row of numbers for each token would take longer than the step it guards.
            kept = (game.uniform(batch.batch_size, states.shape[1]) >= c.state_dropout) / (1 - c.state_dropout)
            states = states * kept.to(states.dtype).index_select(0, batch.owners)
        return states

    def logits(self, z: Tensor, batch: Sentences) -> Tensor:
        """Next-token logits at real tokens, given the code and the words before each, (M, V)."""
        logits: Tensor = self.decoder(z, batch.inputs, batch.places)
        return logits

    def token_nlls(self, z: Tensor, batch: Sentences) -> Tensor:
        """-log p of each real token, given the code and the tokens before: nats, (M,)."""
        states = self.decoder.states(z, batch.inputs, batch.places)
        return self.decoder.output.nlls(states, batch.real_targets)

    def nlls(self, z: Tensor, batch: Sentences) -> Tensor:
        """-log p(x | z) of each sentence, the end token counted: nats, (B,)."""
        nlls = self.token_nlls(z, batch)
        return nlls.new_zeros(batch.batch_size).index_add(0, batch.owners, nlls)

    def decode(self, z: Tensor, decoding: Decoding, game: Game, other: Tensor | None = None) -> Tensor:
        """Token ids, (B, max_length + 1).

        Args:
            z: codes, (B, D).
            decoding: temperature, beam, guidance.
            game: whose randomness is used.
            other: codes of the logits that guidance subtracts, (B, D); needed with guidance.
        """
        shape = (len(z), self.spec.max_length + 1)
        decoding = decoding.settled(game.temperature)
        uniform = game.uniform(*shape) if decoding.temperature else z.new_zeros(shape)
        weight = decoding.guidance or 0.0
        stepper: Stepper = self.decoder.stepper(2 * len(z) if weight else len(z))
        if weight:
            assert other is not None, "guidance needs other codes"
            stepper, z = Guided(stepper, weight), torch.cat([z, other], 1)
        return generate(stepper, z, decoding, self.spec.max_length, uniform)

    def corrupted(self, batch: Sentences, game: Game) -> Sentences:
        """Sentences with words deleted at random (Shen et al. 2020, arXiv 1905.12777)."""
        if not (self.training and self.config.word_deletion > 0):
            return batch
        return deleted(batch, game.random.uniform(*batch.targets.shape) < self.config.word_deletion)

    def units(self, batch: Sentences) -> float:
        """Tokens per sentence, end token counted."""
        return batch.token_count / batch.batch_size


class ImageAutoencoder(Autoencoder):
    """Convolutions or multilayer perceptrons.

    Args:
        networks: encoder and decoder.
        spec: of the images.
        optimizer: of both.
        bernoulli: the loss is -log p of a Bernoulli likelihood, nats per image, gray pixels counting in their share;
            else the mean squared error, of binary images the mean nats per pixel.
        input_noise: standard deviation of the noise that is added to the encoder's input in training.
    """

    def __init__(
        self,
        networks: ConvAutoencoder | MLPAutoencoder,
        spec: ImageSpec,
        optimizer: OptimizerConfig,
        bernoulli: bool = False,
        input_noise: float = 0.0,
    ) -> None:
        super().__init__()
        self.networks = networks
        self.spec, self.optimizer, self.code_dim = spec, optimizer, networks.code_dim
        self.bernoulli, self.input_noise = bernoulli, input_noise

    @property
    def encoder(self) -> nn.Module:  # type: ignore[override]
        """The network that makes codes of images."""
        return self.networks.encoder

    def encode(self, batch: Images) -> Tensor:
        """Codes of images, (B, D)."""
        return self.networks.encode(batch.x)

    def loss(self, z: Tensor, batch: Images, game: Game) -> Tensor:
        """The loss of reconstructing the pixels from codes."""
        output = self.networks.decode(z)
        return bernoulli_nll(output, batch.x) if self.bernoulli else pixel_loss(output, batch.x, self.spec.binary)

    def nlls(self, z: Tensor, batch: Images) -> Tensor:
        """-log p(x | z) of each image by a Bernoulli likelihood of its pixels: nats, (B,)."""
        return bernoulli_nlls(self.networks.decode(z), batch.x)

    def decode(self, z: Tensor, decoding: Decoding, game: Game) -> Tensor:
        """Mean pixels of codes, (B, C, H, W)."""
        return mean_pixels(self.networks.decode(z), self.bernoulli or self.spec.binary)

    def corrupted(self, batch: Images, game: Game) -> Images:
        """Images with Gaussian noise (Vincent et al. 2008)."""
        return noisy(batch, self.input_noise, game)

    def units(self, batch: Images) -> float:
        """1: an image."""
        return 1.0


def noisy(batch: Images, std: float, game: Game) -> Images:
    """Images with Gaussian noise of this standard deviation in training."""
    if not (game.training and std > 0):
        return batch
    return batch._replace(x=batch.x + std * game.normal(batch.batch_size, *batch.x.shape[1:]))


def deleted(batch: Sentences, gone: Tensor) -> Sentences:
    """Sentences without some of their words; the end token stays.

    Args:
        batch: B sentences of up to T predicted tokens.
        gone: which targets go, (B, T), on the CPU as the lengths are.
    """
    places = torch.arange(gone.shape[1])
    gone = gone & (places < batch.lengths[:, None] - 1)
    lengths = batch.lengths - gone.sum(1)
    order = gone.byte().argsort(dim=1, stable=True)
    order, padding = (moved(x, batch.tokens.device) for x in (order, places >= lengths[:, None]))
    targets = batch.targets.gather(1, order).masked_fill(padding, PAD)
    return replace(batch, tokens=torch.cat([batch.tokens[:, :1], targets], dim=1), lengths=lengths)


def sentences_of(tokens: Tensor) -> Sentences:
    """Generated token ids, (B, T) ending in </s> and <pad>, as a batch."""
    lengths = (tokens == EOS).int().argmax(1).cpu() + 1
    tokens = tokens[:, : int(lengths.max())]
    begin = tokens.new_full((len(tokens), 1), BOS)
    return Sentences(torch.cat([begin, tokens], dim=1), lengths, float(lengths.sum()))


def build_autoencoder(config: AutoencoderConfig, spec: TextSpec | ImageSpec, bernoulli: bool = False) -> Autoencoder:
    """The autoencoder for data of this shape."""
    if isinstance(spec, TextSpec):
        return SentenceAutoencoder(config, spec)
    networks = ConvAutoencoder(spec.shape, config.depth, config.code_width, config.code_channels)
    return ImageAutoencoder(networks, spec, config.autoencoder_optimizer, bernoulli, config.input_noise)

"""The reference language model of a corpus: trained once for each corpus and vocabulary, and kept in the cache."""

import hashlib
import json
import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from textgan.data.cache import build_once, cache_folder
from textgan.data.stream import SentenceStream
from textgan.data.tokenfile import TokenFile
from textgan.device import Machine, find_device, prepare_machine
from textgan.errors import UserError
from textgan.evaluation.measurements import spread
from textgan.evaluation.text.reference_lm import FEATURE_LM, LanguageModel, ReferenceLM, ReferenceLMConfig
from textgan.game import Player
from textgan.settings import OptimizerConfig, TrainConfig
from textgan.weights import read_weights

logger = logging.getLogger("textgan")

_TIMED = 20  # updates after which it is said how long the rest will take
_SCALED = 5_000  # train sentences that the scale of features is measured on
_VERSION = 3  # goes up when the network or its training changes, so that no old weights are taken for new ones
_WEIGHTS, _FACTS = "weights.safetensors", "language_model.json"


def open_reference_lm(
    train: TokenFile,
    valid: TokenFile,
    fingerprint: str,
    config: ReferenceLMConfig = FEATURE_LM,
    device: str = "cpu",
) -> ReferenceLM:
    """The language model of a corpus: from the cache, or trained.

    Args:
        train: all real train sentences, as words of the metrics' vocabulary.
        valid: other real sentences, by which the best epoch is chosen; none that the model evaluates.
        fingerprint: of the corpus that train and valid come from.
        config: how it is made.
        device: where it is trained and used: auto, cpu or cuda.

    Raises:
        UserError: no sentences; the cache cannot be written.
    """
    digest = hashlib.sha256()
    for content in (*train.tokenizer.files().values(), valid.lengths.tobytes()):
        digest.update(hashlib.sha256(content).digest())
    settings = {"version": _VERSION, "data": fingerprint, "sentences": len(train), **asdict(config)}
    digest.update(json.dumps(settings, sort_keys=True).encode())
    place = cache_folder() / "language_models" / digest.hexdigest()[:32]

    def complete(folder: Path) -> bool:
        try:
            _load(folder, train.tokenizer.vocab_size, config, "cpu")
        except (UserError, OSError, ValueError, KeyError, TypeError):  # missing or damaged: it is made again
            return False
        return True

    def build(folder: Path) -> None:
        logger.info("training the reference language model on %s real sentences, once for this data", f"{len(train):,}")
        reference_lm = train_reference_lm(train, valid, config, device)
        facts = {"perplexity": reference_lm.perplexity, "valid_sentences": len(valid), "updates": reference_lm.updates}
        (folder / _WEIGHTS).write_bytes(_weights(reference_lm.network))
        (folder / _FACTS).write_text(json.dumps(facts | {"settings": settings}, indent=1), encoding="utf-8")

    build_once(place, complete, build)
    return _load(place, train.tokenizer.vocab_size, config, device)


def _load(folder: Path, vocab_size: int, config: ReferenceLMConfig, device: str) -> ReferenceLM:
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    network = LanguageModel(vocab_size, config)
    read_weights(folder / _WEIGHTS, network)
    network.to(find_device(device)).eval()
    content = (folder / _WEIGHTS).read_bytes()
    known = (facts["perplexity"], facts["valid_sentences"], facts["updates"], hashlib.sha256(content).hexdigest())
    return ReferenceLM(network, *known)


def train_reference_lm(
    text: TokenFile,
    valid: TokenFile,
    config: ReferenceLMConfig = FEATURE_LM,
    device: str = "cpu",
) -> ReferenceLM:
    """A language model of any text, such as samples for reverse perplexity, in the epoch that predicts `valid` best.

    Args:
        text: what it learns from.
        valid: real sentences, of the same vocabulary, by which the best epoch is chosen.
        config: how it is made.
        device: auto, cpu or cuda.

    Raises:
        UserError: no sentences on a side.
    """
    if min(len(text), len(valid)) < 1:
        raise UserError(f"a language model of {len(text)} sentences, chosen by {len(valid)}; expected some of both")
    # Precision as in any training; threads stay as they are.
    machine = prepare_machine(TrainConfig(device=device, threads=torch.get_num_threads()))  # type: ignore[arg-type]
    stream = SentenceStream(text, config.batch_size, config.seed)
    steps = max(1, min(config.steps, config.epochs * stream.rounds_per_epoch))
    with torch.random.fork_rng(devices=[machine.device] if machine.device.type == "cuda" else []):
        torch.manual_seed(config.seed)
        network = LanguageModel(text.tokenizer.vocab_size, config).to(machine.device)
        best, weights = ReferenceLM(network), dict[str, Tensor]()
        for updates in _learn(network, stream, steps, config.optimizer, machine):
            if updates % stream.rounds_per_epoch and updates < steps:
                continue
            candidate = _validated(best, valid, updates)
            if not weights or candidate.perplexity < best.perplexity:
                best, weights = candidate, {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(weights)
    _set_scale(best, text)
    return best._replace(sha256=hashlib.sha256(_weights(network)).hexdigest())


def _learn(
    network: LanguageModel, stream: SentenceStream, steps: int, config: OptimizerConfig, machine: Machine
) -> Iterator[int]:
    """Train the network; yields the number of updates after each."""
    mover = Player.of(config, network.parameters())
    network.train()
    begin = time.monotonic()
    visible = sys.stderr.isatty() and logger.isEnabledFor(logging.INFO)
    for step in tqdm(range(steps), desc="reference language model", disable=not visible, leave=False):
        if step == _TIMED:
            left = (time.monotonic() - begin) / step * (steps - step)
            logger.info("this takes about %s", f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min")
        mover.optimizer.param_groups[0]["lr"] = config.rate(step, steps)
        with machine.autocast():
            loss = network.nll(stream.bucketed(step).to(machine.device))
        mover.optimizer.zero_grad()
        loss.backward()
        if config.clip_norm is not None:
            nn.utils.clip_grad_norm_(mover.parameters, config.clip_norm)
        mover.optimizer.step()
        yield step + 1
    network.eval()


def _validated(reference_lm: ReferenceLM, valid: TokenFile, updates: int) -> ReferenceLM:
    """The model in its present state."""
    reference_lm.network.eval()
    perplexity = float(np.exp(-reference_lm.log_probs(valid).mean()))
    reference_lm.network.train()
    return reference_lm._replace(perplexity=perplexity, valid_sentences=len(valid), updates=updates)


def _set_scale(reference_lm: ReferenceLM, text: TokenFile) -> None:
    features = reference_lm.features(text.subset(spread(len(text), _SCALED)))
    reference_lm.network.scale.fill_(float(np.sqrt(np.square(features, dtype=np.float64).mean())))


def _weights(network: LanguageModel) -> bytes:
    """The file of weights."""
    from safetensors.torch import save

    return save({name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()})

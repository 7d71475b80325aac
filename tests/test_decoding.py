"""From codes to tokens: every way of choosing, against a naive one."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from textgan import decoding as module
from textgan.data.specials import BOS, EOS, PAD, UNK
from textgan.decoding import Guided, generate, inverse_cdf, write_unseen
from textgan.errors import UserError
from textgan.networks.lstm import LSTMDecoder
from textgan.settings import Decoding

V, E, H, D, LONGEST = 23, 6, 8, 5, 7


class Chain:
    """A Markov chain as a decoder: the logits depend on the last token alone, and z is not looked at."""

    def __init__(self, table: Tensor) -> None:
        self.table = table

    def start(self, z: Tensor) -> tuple[Tensor, ...]:
        return (z,)

    def step(self, state: tuple[Tensor, ...], tokens: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        return self.table[tokens], state


@pytest.fixture(autouse=True)
def no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture
def decoder() -> LSTMDecoder:
    torch.manual_seed(2)
    network = LSTMDecoder(V, E, H, D)
    for parameter in network.parameters():
        parameter.mul_(4)  # or all sentences would be alike
    network.get_parameter("output.bias")[EOS] += 2  # or all would be of the greatest length
    return network


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def rand(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def write(stepper, z: Tensor, decoding: Decoding, longest: int = LONGEST, seed: int = 0) -> Tensor:
    return generate(stepper, z, decoding, longest, rand(len(z), longest + 1, seed=seed))


def next_logits(decoder: LSTMDecoder, z: Tensor, tokens: list[int]) -> Tensor:
    """Of the token after `tokens` for one code (D,), by the whole forward pass."""
    read = torch.tensor([[BOS, *tokens]])
    return decoder(z[None], read, torch.arange(read.numel()))[-1]


def naive_greedy(decoder: LSTMDecoder, z: Tensor, unknown: bool = True) -> list[int]:
    tokens: list[int] = []
    while len(tokens) < LONGEST:
        logits = next_logits(decoder, z, tokens)
        logits[[PAD, BOS] if unknown else [PAD, BOS, UNK]] = -math.inf
        tokens.append(int(logits.argmax()))
        if tokens[-1] == EOS:
            break
    tokens += [EOS] if tokens[-1] != EOS else []
    return tokens + [PAD] * (LONGEST + 1 - len(tokens))


def score(logits_after, sentence: list[int]) -> float:
    """Log-probability of a sentence with its end, among the tokens that may be written."""
    total = 0.0
    for place, token in enumerate(sentence):
        logits = logits_after(sentence[:place])
        logits[[PAD, BOS]] = -math.inf
        total += float(logits.double().log_softmax(0)[token])
    return total


def assert_well_formed(rows: Tensor) -> None:
    """One </s> in each row, only <pad> after it, no <pad> or <s> before."""
    for row in rows.tolist():
        end = row.index(EOS)
        assert PAD not in row[:end]
        assert BOS not in row[:end]
        assert set(row[end + 1 :]) <= {PAD}


ALL_WAYS = [
    Decoding(),
    Decoding(temperature=1.0),
    Decoding(temperature=0.7, top_k=5),
    Decoding(temperature=2.0, top_p=0.8),
    Decoding(temperature=1.3, top_k=9, top_p=0.9),
    Decoding(temperature=1.0, allow_unknown=False),
    Decoding(beam_size=4),
]


@pytest.mark.parametrize("rows", [1, 100], ids=["without table", "with table"])
def test_stepping_equals_the_forward_pass(decoder, rows):
    stepper = decoder.stepper(rows)
    assert (stepper.table is None) == (rows == 1)
    z, tokens = randn(9, D), torch.randint(V, (9, 6), generator=torch.Generator().manual_seed(1))
    expected = decoder(z, tokens, torch.arange(tokens.numel())).view(9, 6, V)
    state = stepper.start(z)
    for place in range(6):
        logits, state = stepper.step(state, tokens[:, place])
        torch.testing.assert_close(logits, expected[:, place], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("unknown", [True, False])
def test_greedy_equals_a_naive_loop(decoder, unknown):
    z = randn(40, D)
    rows = write(decoder.stepper(40), z, Decoding(allow_unknown=unknown))
    assert rows.tolist() == [naive_greedy(decoder, code, unknown) for code in z]
    assert len({(row == EOS).nonzero()[0].item() for row in rows}) > 2  # of different lengths, so rows were dropped


@pytest.mark.parametrize("decoding", ALL_WAYS, ids=str)
def test_every_row_ends_once_and_is_padded(decoder, decoding):
    assert_well_formed(write(decoder.stepper(50), randn(50, D), decoding))


@pytest.mark.parametrize("decoding", [way for way in ALL_WAYS if way.beam_size == 1], ids=str)
def test_without_looking_who_has_ended_the_same_is_written(decoder, decoding):
    z, uniform, stepper = randn(50, D), rand(50, LONGEST + 1), decoder.stepper(50)
    out = torch.full((50, LONGEST + 1), PAD)
    write_unseen(stepper, z, decoding, uniform, out, torch.arange(50))
    assert torch.equal(out, generate(stepper, z, decoding, LONGEST, uniform))
    assert (out == PAD).any()


@pytest.mark.parametrize("decoding", ALL_WAYS, ids=str)
def test_a_row_does_not_depend_on_its_batch(decoder, decoding):
    n = module.ROWS + 5
    z, uniform, stepper = randn(n, D), rand(n, LONGEST + 1), decoder.stepper(n)
    together = generate(stepper, z, decoding, LONGEST, uniform)
    for row in [0, 1, 17, module.ROWS - 1, module.ROWS, n - 1]:
        alone = generate(stepper, z[row : row + 1], decoding, LONGEST, uniform[row : row + 1])
        assert alone[0].equal(together[row])


@pytest.mark.parametrize("decoding", ALL_WAYS, ids=str)
@pytest.mark.parametrize("longest", [0, 1, 3])
def test_the_longest_sentence_has_max_length_tokens_and_an_end(decoding, longest):
    table = torch.zeros(V, V)
    table[:, EOS] = -50  # never ends by itself
    rows = write(Chain(table), torch.zeros(6, D), decoding, longest)
    assert rows.shape == (6, longest + 1)
    assert (rows[:, longest] == EOS).all()
    assert_well_formed(rows)


def test_no_code_writes_nothing(decoder):
    assert write(decoder.stepper(0), torch.zeros(0, D), Decoding()).shape == (0, LONGEST + 1)


@pytest.mark.parametrize("block", [1, 7, 128, 300, 1000])
def test_drawing_follows_the_weights(block):
    v, n = 300, 20_000
    weights = 5 * randn(v).abs() ** 3
    uniform = (torch.arange(n) + 0.5) / n
    drawn = inverse_cdf(weights.expand(n, v), uniform, block)
    counts = torch.bincount(drawn, minlength=v)
    # Evenly spread numbers fall into an interval of length p n p times, give or take one at either edge.
    assert ((counts - n * weights / weights.sum()).abs() < 1.5).all()


@pytest.mark.parametrize("block", [1, 4, 7, 128])
def test_a_weight_of_zero_is_never_drawn(block):
    weights = torch.zeros(6, 29)
    weights[0, 3] = weights[1, 28] = weights[2, 0] = 1
    weights[3, 1::2] = 1
    weights[4, 7:14] = 0.1
    weights[5, [0, 28]] = torch.tensor([1e-6, 1e-6])
    edges = torch.tensor([0.0, 0.25, 1 / 14, 0.5, 0.75, 1e-7, 1 - 2**-24])
    for uniform in edges:
        drawn = inverse_cdf(weights, uniform.expand(6), block)
        assert (weights.gather(1, drawn[:, None]) > 0).all()


@pytest.mark.parametrize("block", [1, 4, 7, 128])
def test_the_edges_belong_to_the_next_index(block):
    weights = torch.zeros(3, 29)
    weights[:, 8], weights[:, 20] = 1, 3
    assert inverse_cdf(weights, torch.tensor([0.0, 0.25, 0.2499]), block).tolist() == [8, 20, 8]


def test_drawing_is_monotone_in_the_uniform_number():
    weights = randn(300).abs().expand(1000, 300)
    drawn = inverse_cdf(weights, torch.linspace(0, 0.9999, 1000))
    assert (drawn.diff() >= 0).all()


def first_tokens(logits: Tensor, decoding: Decoding, rows: int = 20_000) -> Tensor:
    """The first token of many sentences, drawn with evenly spread numbers."""
    table = logits.expand(len(logits), -1)
    uniform = ((torch.arange(rows) + 0.5) / rows)[:, None].expand(-1, 2)
    return generate(Chain(table), torch.zeros(rows, 1), decoding, 1, uniform)[:, 0]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_tokens_are_drawn_from_the_softmax_at_the_temperature(temperature):
    logits = randn(V)
    counts = torch.bincount(first_tokens(logits, Decoding(temperature=temperature)), minlength=V)
    allowed = logits.clone()
    allowed[[PAD, BOS]] = -math.inf
    expected = 20_000 * (allowed / temperature).softmax(0)
    assert ((counts - expected).abs() < 2).all()


@pytest.mark.parametrize(
    ("decoding", "kept"),
    [
        (Decoding(temperature=1.0, top_k=2), [4, 5]),
        (Decoding(temperature=1.0, top_k=3), [4, 5, 6]),
        (Decoding(temperature=1.0, top_p=0.4), [4]),
        (Decoding(temperature=1.0, top_p=0.5), [4, 5]),
        (Decoding(temperature=1.0, top_p=0.74), [4, 5]),
        (Decoding(temperature=1.0, top_p=0.76), [4, 5, 6]),
        (Decoding(temperature=1.0, top_k=3, top_p=0.5), [4]),  # of the three, 4 has 0.45 / 0.85
        (Decoding(temperature=1.0, top_k=100), [3, 4, 5, 6, 7]),
    ],
    ids=str,
)
def test_draws_stay_in_their_set_with_its_proportions(decoding, kept):
    probabilities = torch.tensor([0, 0, 0, 0.1, 0.45, 0.3, 0.1001, 0.0499])
    counts = torch.bincount(first_tokens(probabilities.log(), decoding), minlength=8)
    expected = torch.zeros(8)
    expected[kept] = probabilities[kept] / probabilities[kept].sum()
    assert ((counts - 20_000 * expected).abs() < 2).all()


@pytest.mark.parametrize(
    "decoding",
    [
        Decoding(temperature=1.0, top_k=1),
        Decoding(temperature=5.0, top_p=1e-6),
        Decoding(temperature=1e-4),
        Decoding(temperature=1e-30),
        Decoding(temperature=1e-4, top_k=4, top_p=0.9),
    ],
    ids=str,
)
def test_what_leaves_no_choice_is_greedy(decoder, decoding):
    z = randn(60, D)
    assert write(decoder.stepper(60), z, decoding).equal(write(decoder.stepper(60), z, Decoding()))


@pytest.mark.parametrize("cut", [{}, {"top_k": 5}, {"top_p": 0.9}], ids=str)
@pytest.mark.parametrize("temperature", [1e-9, 1e-38, 1e-45, 5e-324])
@pytest.mark.parametrize("how", [generate, "unseen"], ids=["generate", "unseen"])
def test_a_temperature_near_0_is_greedy(decoder, temperature, cut, how):
    z, decoding = randn(6, D), Decoding(temperature=temperature, **cut)
    stepper, uniform = decoder.stepper(6), rand(6, LONGEST + 1)
    greedy = write(stepper, z, Decoding(temperature=0.0))
    written = torch.full_like(greedy, PAD)
    if how == "unseen":
        write_unseen(stepper, z, decoding, uniform, written, torch.arange(6))
    else:
        written = generate(stepper, z, decoding, LONGEST, uniform)
    assert torch.equal(written, greedy)
    assert (greedy[:, 0] != PAD).all()


def test_a_temperature_beyond_bounds_draws_evenly():
    table = torch.zeros(6, 6)
    table[:, 4] = 50
    written = write(Chain(table), randn(400, 1), Decoding(temperature=1e300), longest=1)
    assert set(written[:, 0].tolist()) == {EOS, UNK, 4, 5}


def test_other_numbers_draw_other_sentences(decoder):
    z, decoding = randn(20, D), Decoding(temperature=1.0)
    first, again, other = (write(decoder.stepper(20), z, decoding, seed=s) for s in (0, 0, 1))
    assert first.equal(again)
    assert not first.equal(other)


@pytest.mark.parametrize("decoding", [Decoding(), Decoding(temperature=2.0), Decoding(beam_size=3)], ids=str)
def test_unknown_is_written_only_where_it_is_allowed(decoding):
    table = torch.zeros(V, V)
    table[:, UNK] = 4.0
    allowed = write(Chain(table), torch.zeros(30, 1), decoding)
    refused = write(Chain(table), torch.zeros(30, 1), Decoding(**{**vars(decoding), "allow_unknown": False}))
    assert (allowed == UNK).any()
    assert not (refused == UNK).any()


def sentences_of(words: list[int], longest: int) -> list[list[int]]:
    return [[*s, EOS] for n in range(longest + 1) for s in itertools.product(words, repeat=n)]


@pytest.mark.parametrize("guidance", [0.0, 0.5])
@pytest.mark.parametrize("seed", range(4))
def test_a_beam_that_holds_everything_finds_the_likeliest_sentence(seed, guidance):
    torch.manual_seed(seed)
    decoder, longest = LSTMDecoder(6, 3, 5, 4), 3
    for parameter in decoder.parameters():
        parameter.mul_(5)
    decoder.output.bias[EOS] -= 1.5  # or the empty sentence always wins
    z, other = randn(3, 4, seed=seed), randn(3, 4, seed=seed + 9)
    plain = decoder.stepper(3), z
    stepper, codes = (Guided(plain[0], guidance), torch.cat([z, other], 1)) if guidance else plain
    found = write(stepper, codes, Decoding(beam_size=60), longest)

    def after(code: Tensor, away: Tensor, start: list[int]) -> Tensor:
        mine, theirs = (next_logits(decoder, c, start) for c in (code, away))
        return mine + guidance * (mine - theirs)

    for code, away, row in zip(z, other, found.tolist(), strict=True):
        candidates = sentences_of([UNK, 4, 5], longest)
        scores = [score(lambda start, c=code, a=away: after(c, a, start), s) for s in candidates]
        best = candidates[max(range(len(scores)), key=scores.__getitem__)]
        assert row == best + [PAD] * (longest + 1 - len(best))


def test_a_beam_takes_a_likelier_sentence_that_greedy_misses():
    # 4 looks best at first (0.6), but each sentence that begins with it is rare; 5 (0.4) is surely followed by </s>.
    table = torch.full((9, 9), -40.0)
    table[BOS, [4, 5]] = torch.tensor([0.6, 0.4]).log()
    table[4, [6, 7, 8]] = math.log(1 / 3)
    table[5:, EOS] = 0.0
    greedy, beam = (write(Chain(table), torch.zeros(1, 1), d, 3).tolist() for d in (Decoding(), Decoding(beam_size=2)))
    assert greedy == [[4, 6, EOS, PAD]]
    assert beam == [[5, EOS, PAD, PAD]]


@pytest.mark.parametrize("weight", [0.0, 0.7, 5.0])
def test_guidance_is_the_difference_to_the_other_codes(decoder, weight):
    z, other = randn(40, D), randn(40, D, seed=1)
    written = write(Guided(decoder.stepper(40), weight), torch.cat([z, other], 1), Decoding())
    assert_well_formed(written)
    for mine, theirs, row in zip(z, other, written.tolist(), strict=True):
        for place, token in enumerate(row[: row.index(EOS) + 1][:LONGEST]):
            a, b = (next_logits(decoder, code, row[:place]) for code in (mine, theirs))
            wanted = a + weight * (a - b)
            wanted[[PAD, BOS]] = -math.inf
            assert float(wanted.max() - wanted[token]) < 1e-4
    plain = write(decoder.stepper(40), z, Decoding())
    assert torch.equal(written, plain) == (weight == 0)


def test_beams_are_not_worse_than_greedy(decoder):
    z = randn(40, D)
    greedy, beam = (write(decoder.stepper(40), z, d).tolist() for d in (Decoding(), Decoding(beam_size=8)))
    gains = []
    for code, a, b in zip(z, greedy, beam, strict=True):
        of_greedy, of_beam = (
            score(lambda start, code=code: next_logits(decoder, code, start), s[: s.index(EOS) + 1]) for s in (a, b)
        )
        gains.append(of_beam - of_greedy)
    assert min(gains) > -1e-5
    assert max(gains) > 0.01


def test_a_beam_of_one_is_greedy(decoder):
    z = randn(30, D)
    one = module._beam(decoder.stepper(30), z, Decoding(), LONGEST)
    assert one.equal(write(decoder.stepper(30), z, Decoding()))


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"temperature": -0.1}, "temperature is -0.1"),
        ({"top_k": -1}, "top_k is -1"),
        ({"top_p": 0.0}, "top_p is 0.0"),
        ({"top_p": 1.1}, "top_p is 1.1"),
        ({"beam_size": 0}, "beam_size is 0"),
        ({"beam_size": 2, "temperature": 1.0}, "choose one"),
        ({"temperature": math.nan}, "temperature is nan"),
        ({"temperature": math.inf}, "temperature is inf"),
        ({"top_k": 7}, "set temperature"),
        ({"top_p": 0.3}, "set temperature"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, part):
    with pytest.raises(UserError, match=part):
        Decoding(**settings)

"""ACAI's convolutions, some of which are computed as others, against the layers as the paper lists them."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.networks.conv import ConvAutoencoder, ConvDecoder, ConvEncoder, Convolution

SHAPES = [
    pytest.param((1, 16, 16), 2, id="2x2 codes"),
    pytest.param((3, 16, 16), 4, id="three colors"),
    pytest.param((1, 14, 14), 4, id="a border"),
    pytest.param((1, 8, 8), 1, id="1x1 codes"),
    pytest.param((2, 16, 8), 2, id="2x1 codes"),
    pytest.param((1, 4, 4), 4, id="no halving"),
]


def applied(layer: nn.Module, x: Tensor) -> Tensor:
    assert isinstance(layer, Convolution)
    return F.conv2d(x, layer.weight, layer.bias, padding=layer.kernel_size[0] // 2)


def encoded(net: ConvEncoder, x: Tensor) -> Tensor:
    h = applied(net.first, F.pad(x, net.border, value=-1.0))
    for number, layer in enumerate(net.layers):
        h = F.leaky_relu(applied(layer, h), 0.2)
        if number % 2:
            h = F.avg_pool2d(h, 2)
    return applied(net.code, F.leaky_relu(applied(net.last[0], h), 0.2))


def decoded(net: ConvDecoder, z: Tensor) -> Tensor:
    for number, layer in enumerate(net.layers):
        z = F.leaky_relu(applied(layer, z), 0.2)
        if number % 2:
            z = F.interpolate(z, scale_factor=2.0, mode="nearest")
    x = applied(net.last[2], F.leaky_relu(applied(net.last[0], z), 0.2))
    left, _, top, _ = net.border
    return x[:, :, top : top + net.shape[1], left : left + net.shape[2]]


@pytest.mark.parametrize(("shape", "code_width"), SHAPES)
@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_values_and_all_gradients_are_those_of_the_layers_one_by_one(part, shape, code_width):
    torch.manual_seed(0)
    networks = ConvAutoencoder(shape, 4, code_width, 5).double()
    for bias in (p for name, p in networks.named_parameters() if name.endswith("bias")):
        torch.nn.init.normal_(bias)  # they start at 0, where it would not be seen that one is missing
    net = getattr(networks, part)
    plain = encoded if part == "encoder" else decoded
    x = torch.randn(3, *(shape if part == "encoder" else networks.code_shape), dtype=torch.float64, requires_grad=True)
    y, expected = net(x), plain(net, x)
    torch.testing.assert_close(y, expected)
    weights = torch.randn_like(expected)
    learned = [x, *net.parameters()]
    of_y, of_expected = (torch.autograd.grad((weights * out).sum(), learned) for out in (y, expected))
    for ours, theirs in zip(of_y, of_expected, strict=True):
        assert theirs.abs().max() > 0
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("size", [(2, 2), (1, 2), (2, 1), (1, 1), (3, 2)])
def test_a_convolution_of_a_map_of_any_size_is_one(size):
    torch.manual_seed(0)
    layer = Convolution(4, 6).double()
    x = torch.randn(3, 4, *size, dtype=torch.float64)
    torch.testing.assert_close(layer(x), applied(layer, x))


def test_a_code_is_the_map_row_by_row_whatever_its_layout():
    torch.manual_seed(0)
    networks = ConvAutoencoder((1, 16, 16), 4, 2, 5)
    x = torch.randn(3, 1, 16, 16)
    torch.testing.assert_close(networks.encode(x), encoded(networks.encoder, x).reshape(3, -1))

"""The forward pass of all-MiniLM-L6-v2 in numpy: token ids in, unit vectors out.

Files, tokens and caching live elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

DIMENSION = 384
MAX_TOKENS = 256
_LAYERS = 6
_HEADS = 12
_HEAD_WIDTH = DIMENSION // _HEADS
_LAYER_NORM_EPSILON = np.float32(1e-12)
_GELU_BLOCK_ROWS = 64
"""Rows that are taken through the activation together, so that they stay in a core's cache."""

_MASKED = np.float32(-1e9)

_ERF_P = np.float32(0.3275911)
_ERF_A = tuple(
    np.float32(a) for a in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
)


@dataclass(frozen=True, slots=True)
class Dense:
    """An affine map; `weight` is (inputs, outputs)."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        y = x @ self.weight
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """Normalises each row to mean 0 and variance 1, then scales and shifts it, in place."""

    scale: Floats
    shift: Floats

    def __call__(self, x: Floats) -> Floats:
        x -= x.mean(axis=-1, keepdims=True)
        variance = np.einsum("ij,ij->i", x, x)[:, None] / np.float32(x.shape[-1])
        x *= np.float32(1) / np.sqrt(variance + _LAYER_NORM_EPSILON)
        x *= self.scale
        x += self.shift
        return x


@dataclass(frozen=True, slots=True)
class Layer:
    """One encoder layer: attention and a feed-forward part, each with a residual and a norm."""

    query_key_value: Dense
    attention_output: Dense
    attention_norm: LayerNorm
    intermediate: Dense
    output: Dense
    output_norm: LayerNorm

    def __call__(self, x: Floats, mask: Floats) -> Floats:
        attended = self.attention_output(self._attend(x, mask))
        attended += x
        attended = self.attention_norm(attended)
        fed = self.output(gelu(self.intermediate(attended)))
        fed += attended
        return self.output_norm(fed)

    def _attend(self, x: Floats, mask: Floats) -> Floats:
        count, length = mask.shape
        split = self.query_key_value(x).reshape(count, length, 3, _HEADS, _HEAD_WIDTH)
        query, key, value = split.transpose(2, 0, 3, 1, 4)
        scores = query @ key.swapaxes(-1, -2)
        scores *= np.float32(_HEAD_WIDTH**-0.5)
        scores += mask[:, None, None, :]
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ value).transpose(0, 2, 1, 3)
        return mixed.reshape(count * length, DIMENSION)


@dataclass(frozen=True, slots=True)
class MiniLM:
    """The six-layer BERT encoder with mean pooling. Immutable, so any thread may call it."""

    words: Floats
    positions: Floats
    norm: LayerNorm
    layers: tuple[Layer, ...]

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Floats]) -> Self:
        """Build the encoder from the tensors under their names in the published weights."""
        segment = tensors["embeddings.token_type_embeddings.weight"][0]
        return cls(
            words=tensors["embeddings.word_embeddings.weight"],
            positions=tensors["embeddings.position_embeddings.weight"][:MAX_TOKENS] + segment,
            norm=_layer_norm(tensors, "embeddings.LayerNorm"),
            layers=tuple(_layer(tensors, f"encoder.layer.{n}") for n in range(_LAYERS)),
        )

    def encode(self, batch: Sequence[Sequence[int]]) -> Floats:
        """Return one unit vector a row for a non-empty batch of 1 to `MAX_TOKENS` ids each.

        Shorter rows are padded to the longest; padding takes no part in attention or in the mean.
        """
        length = max(map(len, batch))
        ids = np.zeros((len(batch), length), dtype=np.intp)
        present = np.zeros((len(batch), length), dtype=np.float32)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            present[row, : len(tokens)] = 1
        mask = (np.float32(1) - present) * _MASKED
        x = self.words[ids] + self.positions[:length]
        x = self.norm(x.reshape(-1, DIMENSION))
        for layer in self.layers:
            x = layer(x, mask)
        # A mean and a sum differ by a factor only, which the unit length takes away.
        summed = np.einsum("bld,bl->bd", x.reshape(len(batch), length, DIMENSION), present)
        return summed / np.linalg.norm(summed, axis=-1, keepdims=True)


def gelu(x: Floats) -> Floats:
    """Return x·Φ(x), the exact (not tanh) GELU, computed in place on the rows of `x`."""
    for start in range(0, len(x), _GELU_BLOCK_ROWS):
        block = x[start : start + _GELU_BLOCK_ROWS]
        tail = erf(block * np.float32(0.5**0.5))
        tail += 1
        tail *= np.float32(0.5)
        block *= tail
    return x


def erf(x: Floats) -> Floats:
    """Return the error function of each element, within 5e-7.

    Formula 7.1.26 of Abramowitz and Stegun, Handbook of Mathematical Functions (error at most
    1.5e-7 before rounding to single precision).
    """
    size = np.abs(x)
    t = size * _ERF_P
    t += 1
    np.reciprocal(t, out=t)
    polynomial = t * _ERF_A[0]
    for coefficient in _ERF_A[1:]:
        polynomial += coefficient
        polynomial *= t
    np.multiply(size, size, out=size)
    np.negative(size, out=size)
    np.exp(size, out=size)
    polynomial *= size
    np.subtract(np.float32(1), polynomial, out=polynomial)
    return np.copysign(polynomial, x, out=polynomial)


def _layer(tensors: Mapping[str, Floats], name: str) -> Layer:
    parts = [_dense(tensors, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    return Layer(
        # One matrix for all three projections: one large product is faster than three.
        query_key_value=Dense(
            np.ascontiguousarray(np.concatenate([part.weight for part in parts], axis=1)),
            np.concatenate([part.bias for part in parts]),
        ),
        attention_output=_dense(tensors, f"{name}.attention.output.dense"),
        attention_norm=_layer_norm(tensors, f"{name}.attention.output.LayerNorm"),
        intermediate=_dense(tensors, f"{name}.intermediate.dense"),
        output=_dense(tensors, f"{name}.output.dense"),
        output_norm=_layer_norm(tensors, f"{name}.output.LayerNorm"),
    )


def _dense(tensors: Mapping[str, Floats], name: str) -> Dense:
    return Dense(np.ascontiguousarray(tensors[f"{name}.weight"].T), tensors[f"{name}.bias"])


def _layer_norm(tensors: Mapping[str, Floats], name: str) -> LayerNorm:
    return LayerNorm(tensors[f"{name}.weight"], tensors[f"{name}.bias"])

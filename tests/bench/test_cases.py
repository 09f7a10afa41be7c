from uuid import uuid4

import pytest

from activities.case_file import redact_submission
from analysis.offline import OfflineAnalyst
from bench.cases import OPEN_AT_ONCE, batches, case
from bench.errors import BenchError
from domain.conversation import Submission
from domain.findings import Gap
from gateways.embeddings import load_embedder

_MATTERS = 20


def test_a_number_always_names_the_same_case() -> None:
    assert case(7) == case(7)


def test_cases_differ_by_number() -> None:
    assert len({case(number).reply for number in range(3_000)}) == 3_000


def test_batches_are_of_the_sizes_asked_for_and_share_no_case() -> None:
    made = batches([5, 20, 5], load_embedder())
    assert [len(batch) for batch in made] == [5, 20, 5]
    assert len({one.number for batch in made for one in batch}) == 30


def test_cases_of_a_batch_are_about_different_matters() -> None:
    embedder = load_embedder()
    vectors = embedder.embed([one.reply for one in batches([OPEN_AT_ONCE], embedder)[0]])
    likeness = vectors @ vectors.T
    assert sorted(likeness.ravel())[-OPEN_AT_ONCE - 1] < 0.58


def test_a_batch_beyond_the_vocabulary_is_refused() -> None:
    class OneForAll:
        """An embedder to which all texts are alike."""

        name, dimension = "one", 384

        def embed(self, texts: list[str]):
            return load_embedder().embed(["the same"] * len(texts))

    with pytest.raises(BenchError, match="unlike"):
        batches([2], OneForAll())  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("number", range(_MATTERS))
def test_each_matter_is_one_gap_with_a_change(number: int) -> None:
    submission = Submission.model_validate(case(number).body())
    read = OfflineAnalyst(load_embedder()).read(redact_submission(uuid4(), submission))
    assert [insight.finding.gap for insight in read] == [Gap.MISSING_KNOWLEDGE]
    assert read[0].change is not None

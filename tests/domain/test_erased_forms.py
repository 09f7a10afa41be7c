"""What an erasure leaves of the wordings of a change."""

from domain.erased_forms import erase_change
from domain.erasure import CustomerText, Eraser
from tests.domain.builders import change

ASK = "My grandmother's teal suitcase never arrived in Lisbon"


def test_a_customer_s_wordings_go_as_a_whole_and_others_stay() -> None:
    proposed = change().model_copy(
        update={"phrasings": (ASK, "Teal one?", "lost bag", "where is my suitcase")}
    )
    eraser = Eraser(CustomerText([ASK, "teal one"]))
    left = erase_change(proposed, eraser, {"lost bag"})
    assert left.phrasings == ("where is my suitcase",)
    assert left.content == proposed.content

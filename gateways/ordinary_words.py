"""The words that everybody uses, as the vocabulary of the offline embedding model has them."""

from functools import cache

from gateways.embeddings import EmbeddingModelError, find_model_folder

_LEAST_LETTERS = 4
_OF_CUSTOMER_SERVICE = """
cancelation chargeback chargebacks checkout invoice invoices login logout postcode prepaid refund
refundable refunded refunding refunds reschedule rescheduled resend resent signup subscription
subscriptions username voucher vouchers
"""


@cache
def ordinary_words() -> frozenset[str]:
    """Return some 20,000 words in small letters, most of them English, without accents.

    They are the whole words of BERT's vocabulary, and some of customer service that it lacks.
    Without the model's files there are none.
    """
    try:
        vocabulary = find_model_folder() / "vocab.txt"
    except EmbeddingModelError:
        return frozenset()
    words = vocabulary.read_text(encoding="utf-8").split()
    known = frozenset(word for word in words if word.isalpha() and len(word) >= _LEAST_LETTERS)
    return known | frozenset(_OF_CUSTOMER_SERVICE.split())

"""The analyst that needs no model and no network."""

from analysis.offline.analyst import OfflineAnalyst

__all__ = ["OfflineAnalyst"]

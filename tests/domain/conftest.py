"""Hypothesis for the domain: no deadlines, since shared machines stall."""

from hypothesis import settings

settings.register_profile("domain", deadline=None)
settings.load_profile("domain")

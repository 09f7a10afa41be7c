"""What people are told of reviews: on which occasions, by which channels, and when."""

from enum import StrEnum


class Occasion(StrEnum):
    """Why people are told."""

    OPENED = "opened"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    PARKED = "parked"
    CAME_BACK = "came_back"
    """Changes that somebody asked for are in, or the item has moved: decide again."""
    MENTIONED = "mentioned"
    ASSIGNED = "assigned"
    APPLIED = "applied"
    REJECTED = "rejected"
    DIGEST = "digest"

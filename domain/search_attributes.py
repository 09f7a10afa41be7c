"""The Temporal search attributes that operators filter by; the server must know them by type."""

WORKSPACE = "LearningLoopWorkspace"
STATUS = "LearningLoopStatus"
GAP = "LearningLoopGap"
CHANGE_KIND = "LearningLoopChangeKind"
TIER = "LearningLoopTier"
DUE = "LearningLoopDue"

SEARCH_ATTRIBUTES: dict[str, str] = {
    WORKSPACE: "Keyword",
    STATUS: "Keyword",
    GAP: "Keyword",
    CHANGE_KIND: "Keyword",
    TIER: "Keyword",
    DUE: "Datetime",
}
"""Name to Temporal type, as `temporal operator search-attribute create` wants it."""

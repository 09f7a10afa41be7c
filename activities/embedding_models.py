"""Makes the configured embedding models known, and counts what the serving one lacks.

Not an activity: the worker does it when it starts, and now and then.
"""

from activities.kit import Kit
from store.embeddings import count_everywhere, ensure_model


async def prepare_models(kit: Kit) -> None:
    """Give the serving model its index, and the next one; raises ModelDimensionError.

    Raises psycopg's errors where the database cannot be asked, or is not migrated yet.
    """
    await ensure_model(kit.database, kit.embedder.name, kit.embedder.dimension)
    if kit.next_embedder is not None:
        following = kit.next_embedder.embedder
        await ensure_model(kit.database, following.name, following.dimension)


async def count_missing(kit: Kit) -> int:
    """Return how many passages, asks and open proposals lack a vector of the serving model."""
    return (await count_everywhere(kit.database, kit.embedder.name)).missing

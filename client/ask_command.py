"""`learning-loop ask`: what the reference agent answers."""

from rich.console import Console
from rich.text import Text

from client.api import LearningLoop
from client.shown import plain, words


async def ask(client: LearningLoop, out: Console, query: str) -> int:
    """Print the answer with its items, or the hand-off with its reason; return 0."""
    answer = await client.ask(query)
    if not answer.answered:
        out.print(Text("Handed to a person", style="yellow"))
        out.print(Text(plain(answer.handoff_reason)))
        return 0
    out.print(Text(plain(answer.answer)))
    out.print()
    for item in answer.items_used:
        title = f"{words(item.kind)} '{plain(item.title)}', revision {item.revision}"
        out.print(Text(f"from the {title}", style="dim"))
    return 0

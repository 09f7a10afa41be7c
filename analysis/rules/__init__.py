"""What a rule about actions would change in a recorded case: read, held against it, followed.

No model and no network; nothing is called. `replay_actions` is the way in.
"""

from analysis.rules.finding import is_found
from analysis.rules.replay import replay_actions, speaks_of_actions

__all__ = ["is_found", "replay_actions", "speaks_of_actions"]

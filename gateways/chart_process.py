"""Draws charts in a process of its own: one Vega-Lite chart a line in, one SVG a line out.

Run as a file, so it imports nothing of ours. It ends with its input, or after it had nothing to do
for a while; what it draws with takes more than 100 MB.
"""

import json
import signal
import sys

_IDLE_SECONDS = 300


def main() -> None:
    """Answer each line `{"chart": …}` by `{"svg": …}`, or by `{"error": …}` without its data."""
    import vl_convert

    while True:
        signal.alarm(_IDLE_SECONDS)
        line = sys.stdin.readline()
        signal.alarm(0)
        if not line:
            return
        try:
            # No address is allowed: a chart brings its data with it.
            svg: str = vl_convert.vegalite_to_svg(json.loads(line)["chart"], allowed_base_urls=[])
            answer = {"svg": svg}
        except Exception as error:
            answer = {"error": type(error).__name__}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Stands for the API: not ready for the first two requests, then ready."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer

asked = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        global asked
        asked += 1
        ready = self.path == "/readyz" and asked > 2
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()


address = (os.environ["LEARNING_LOOP_API_HOST"], int(os.environ["LEARNING_LOOP_API_PORT"]))
HTTPServer(address, Handler).serve_forever()

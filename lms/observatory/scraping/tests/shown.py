"""A tiny server that shows what a test says."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Shown:
    """body, content_type, status: of the next answers. trickles: a byte now and then, for ever."""

    def __init__(self, body=""):
        self.body, self.content_type, self.status = body, TEXT, 200
        self.trickles, self.claims_bytes, self.location = False, None, ""
        self.asked = []


@contextmanager
def shown(body=""):
    """Serve on a free port of loopback; gives what is shown, with its address."""
    state = Shown(body)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state.asked.append((self.path, dict(self.headers)))
            body = state.body.encode()
            self.send_response(state.status)
            self.send_header("Content-Type", state.content_type)
            if state.location:
                self.send_header("Location", state.location)
            if state.trickles:
                self.end_headers()
                self.trickle()
                return
            self.send_header("Content-Length", str(state.claims_bytes or len(body)))
            self.end_headers()
            self.wfile.write(body)

        def trickle(self):
            try:
                while state.trickles:
                    self.wfile.write(b"#\n")
                    time.sleep(0.02)
            except OSError:
                return  # the scraper has had enough

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        state.trickles = False
        server.shutdown()
        server.server_close()
        thread.join()

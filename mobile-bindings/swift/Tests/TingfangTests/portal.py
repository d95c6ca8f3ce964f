"""What answers in a server's place on the roads of this world, by the first part of the path.

Says its address on the first line, and then what happens to requests that hang. Ends when its input does.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Portal(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self):
        manner = self.path.split("/")[1]
        getattr(self, manner)()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.do_GET()

    def login(self):
        """The page where a public network asks for a telephone number. It would like to be remembered."""
        if "cookie" in self.headers:
            self._answer(418, [])
        else:
            self._answer(200, [("set-cookie", "guest=1; path=/"), ("cache-control", "max-age=3600")])

    def elsewhere(self):
        """A redirection to the page."""
        self._answer(302, [("location", "/login")])

    def cut(self):
        """The line breaks."""
        self.close_connection = True

    def endless(self):
        """An answer that never ends."""
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(1024 * 1024))
        except OSError:
            self.close_connection = True

    def hang(self):
        """No answer until the other side goes away."""
        print("hangs", flush=True)
        self.rfile.read(1)
        print("left", flush=True)
        self.close_connection = True

    def _answer(self, status, headers):
        page = "<html>请登录</html>".encode()
        self.send_response(status)
        for name, value in [("content-type", "text/html; charset=utf-8"), *headers]:
            self.send_header(name, value)
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        """Nothing is logged."""


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

"""A line that fails: stands between glimpse and Qdrant, the double or a real one, and passes whole requests on unless
told otherwise. Standard library only.

    proxy = FaultyProxy(host, port)
    proxy.fault = lambda request: "cut_before"     # what happens to this request; None: nothing
"""

import http.client
import socket
import threading
import time
import urllib.parse
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Request:
    number: int  # from 1
    method: str
    path: str
    body: bytes


@dataclass
class Canned:
    """An answer that the server never gave."""
    status: int
    body: bytes = b'{"status":{"error":"made up"},"time":0.0}'
    retry_after: str | None = None


@dataclass
class Delay:
    seconds: float


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def pass_on(self):
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if proxy.down:  # connections from before it went down
            return self.cut()
        fault = proxy.next_fault(self.command, self.path, body)
        if fault == "cut_before":
            return self.cut()
        if isinstance(fault, Canned):
            return self.answer(fault.status, fault.body, fault.retry_after)
        if isinstance(fault, Delay):
            time.sleep(fault.seconds)
        try:
            status, answer = self.upstream(body)
        except OSError:
            return self.cut()
        if fault == "cut_after":  # done, but nobody hears of it
            return self.cut()
        if fault == "cut_within":
            self.answer(status, answer, length=len(answer) + 10)
            return self.cut()
        return self.answer(status, answer)

    def upstream(self, body):
        url = self.server.proxy.target
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        headers = {key: value for key, value in self.headers.items() if key.lower() in ("api-key", "content-type")}
        connection.request(self.command, self.path, body or None, headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, answer

    def answer(self, status, body, retry_after=None, length=None):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)

    def cut(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    do_GET = do_PUT = do_POST = do_DELETE = pass_on

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that are killed reset their connections: no news."""


class FaultyProxy:
    def __init__(self, url):
        self.target = urllib.parse.urlsplit(url)
        self.fault = None
        self.down = False
        self.requests = 0
        self.made = []  # the faults that were made, in order
        self._lock = threading.Lock()
        self._server = None
        self.port = 0
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """On the same port as before, where there was one: the server is up again."""
        self.down = False
        self._server = Server(("127.0.0.1", self.port), Handler)
        self._server.proxy = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        """Nobody listens any more: the server is down."""
        self.down = True
        self._server.shutdown()
        self._server.server_close()

    def next_fault(self, method, path, body):
        with self._lock:
            self.requests += 1
            fault = self.fault(Request(self.requests, method, path, body)) if self.fault else None
            if fault is not None:
                self.made.append(fault)
            return fault

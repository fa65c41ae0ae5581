"""A model hub on this machine, with the answers of the real one's API, and with every fault that a network has."""

import hashlib
import http.server
import json
import re
import threading
import time

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves `files` (name → bytes) as the repository `name`. Faults are set by tests; `requests` is what came in."""

    def __init__(self, name, files):
        self.name, self.files = name, files
        self.requests = []            # (path, headers)
        self.listing = None           # instead of the repository's own
        self.status = []              # one for each next request of a file: (number, headers)
        self.cut_after = None         # bytes of a large file's body, then the connection breaks
        self.cuts = 0                 # how often still; -1: always
        self.served = {}              # name → other bytes than the listing promises
        self.redirect = None          # address that large files are at
        self.token = None             # a token that is asked for
        self.stall = False            # large files: a few bytes, then nothing
        self.released = threading.Event()
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                # To a proxy, the whole address is sent.
                self.path = re.sub(r"^http://[^/]+", "", self.path)
                hub.requests.append((self.path, dict(self.headers)))
                hub.answer(self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *about: None  # clients hang up when they have what they want
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def files_asked_for(self):
        return [path.rsplit("/", 1)[1] for path, _ in self.requests if "/resolve/" in path]

    def list(self):
        rows = []
        for name, data in self.files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            rows.append({"rfilename": name, "size": len(data), "blobId": blob})
            if name.endswith((".safetensors", ".bin")):
                rows[-1]["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
        return {"id": self.name, "sha": COMMIT, "siblings": rows}

    def divide_weights(self):
        """As large models are published: two files, and an index that says which tensor is where."""
        whole = self.files.pop("model.safetensors")
        end = 8 + int.from_bytes(whole[:8], "little")
        header = json.loads(whole[8:end])
        header.pop("__metadata__", None)
        names, where = sorted(header), {}
        for part, of_part in enumerate((names[::2], names[1::2]), 1):
            file, rows, data = f"model-{part:05}-of-00002.safetensors", {}, b""
            for name in of_part:
                begin, stop = header[name]["data_offsets"]
                rows[name] = {**header[name], "data_offsets": [len(data), len(data) + stop - begin]}
                data += whole[end + begin:end + stop]
                where[name] = file
            head = json.dumps(rows).encode()
            self.files[file] = len(head).to_bytes(8, "little") + head + data
        self.files["model.safetensors.index.json"] = json.dumps({"weight_map": where}).encode()

    def answer(self, request):
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return self.refuse(request, 401)
        if request.path.startswith("/api/"):
            if not re.fullmatch(rf"/api/models/{re.escape(self.name)}/revision/(main|{COMMIT})\?blobs=true", request.path):
                return self.refuse(request, 404)
            return self.send(request, json.dumps(self.listing or self.list()).encode())
        if self.status:
            return self.refuse(request, *self.status.pop(0))
        name = request.path.rsplit("/", 1)[1]
        if request.path != f"/{self.name}/resolve/{COMMIT}/{name}" or name not in self.files:
            return self.refuse(request, 404)
        data = self.served.get(name, self.files[name])
        if name.endswith(".safetensors"):
            if self.redirect:
                return self.refuse(request, 302, {"Location": self.redirect + request.path})
            return self.send(request, data, faulty=True)
        return self.send(request, data)

    def refuse(self, request, status, headers=None):
        request.send_response(status)
        for key, value in (headers or {}).items():
            request.send_header(key, value)
        request.send_header("Content-Length", "6")
        request.end_headers()
        request.wfile.write(b"sorry\n")

    def send(self, request, data, faulty=False):
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        start = int(asked.group(1)) if asked else 0
        body = data[start:]
        request.send_response(206 if asked else 200)
        request.send_header("Content-Length", str(len(body)))
        if asked:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        request.end_headers()
        if faulty and self.stall:
            request.wfile.write(body[:1000])
            request.wfile.flush()
            self.released.wait(60)
            return
        if faulty and self.cuts != 0:
            self.cuts -= 1
            request.wfile.write(body[:self.cut_after])
            request.wfile.flush()
            time.sleep(0.02)
            request.close_connection = True
            request.connection.close()
            return
        request.wfile.write(body)

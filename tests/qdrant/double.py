"""Stands in for a Qdrant server where there is none: HTTP/1.1 with keep-alive; each body is parsed with qdrant-client's
own pydantic models, which forbid fields they do not know, and executed on its in-process engine.

    .deps/python/bin/python tests/qdrant/double.py [--port N] [--api-key KEY]

prints its port and serves until its standard input closes. Faults are not its business: faulty_proxy.py makes them, in
front of this or of a real server. What the engine lacks is done here: payload indexes are remembered (and demanded by
order_by and facets, as a real server does), a strict status for each failure.
"""

import argparse
import json
import re
import sys
import threading
import urllib.parse
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pydantic import TypeAdapter, ValidationError
from qdrant_client import QdrantClient, models
from qdrant_client.http import models as rest

warnings.filterwarnings("ignore")

POINT_INSERT = TypeAdapter(rest.PointInsertOperations)
SELECTOR = TypeAdapter(rest.PointsSelector)
QUERY = TypeAdapter(rest.QueryRequest)


class Refused(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


def jsonable(value):
    return json.loads(value.model_dump_json(exclude_none=False)) if hasattr(value, "model_dump_json") else value


class Engine:
    """The operations that glimpse uses, by path. One at a time."""

    def __init__(self):
        self.client = QdrantClient(":memory:")
        self.lock = threading.Lock()
        self.indexes = {}
        self.routes = [(method, re.compile(f"{pattern}$"), function) for method, pattern, function in (
            ("GET", "/aliases", self.aliases),
            ("GET", "/collections", self.collections),
            ("POST", "/collections/aliases", self.change_aliases),
            ("GET", "/collections/([^/]+)", self.info),
            ("PUT", "/collections/([^/]+)", self.create),
            ("DELETE", "/collections/([^/]+)", self.drop),
            ("PUT", "/collections/([^/]+)/index", self.create_index),
            ("PUT", "/collections/([^/]+)/points", self.upsert),
            ("POST", "/collections/([^/]+)/points", self.retrieve),
            ("POST", "/collections/([^/]+)/points/batch", self.batch),
            ("POST", "/collections/([^/]+)/points/delete", self.delete),
            ("POST", "/collections/([^/]+)/points/count", self.count),
            ("POST", "/collections/([^/]+)/points/query", self.query),
            ("POST", "/collections/([^/]+)/points/scroll", self.scroll),
            ("POST", "/collections/([^/]+)/facet", self.facet))]

    def answer(self, method, path, body):
        for wanted, pattern, function in self.routes:
            match = pattern.match(path)
            if wanted == method and match:
                with self.lock:
                    names = [urllib.parse.unquote(name) for name in match.groups()]
                    return function(*names, *([body] if method in ("PUT", "POST") else []))
        raise Refused(404, f"no such path: {method} {path}")

    def real_name(self, name):
        alias = {a.alias_name: a.collection_name for a in self.client.get_aliases().aliases}.get(name, name)
        if not self.client.collection_exists(alias):
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return alias

    def aliases(self):
        return jsonable(self.client.get_aliases())

    def collections(self):
        return jsonable(self.client.get_collections())

    def change_aliases(self, body):
        request = rest.ChangeAliasesOperation.model_validate_json(body)
        return self.client.update_collection_aliases(request.actions)

    def info(self, name):
        name = self.real_name(name)
        info = jsonable(self.client.get_collection(name))
        info["payload_schema"] = {key: {"data_type": kind, "points": 0} for key, kind in self.indexes[name].items()}
        return info

    def create(self, name, body):
        request = rest.CreateCollection.model_validate_json(body)
        if self.client.collection_exists(name):
            raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
        self.indexes[name] = {}
        return self.client.create_collection(name, vectors_config=request.vectors)

    def drop(self, name):
        self.indexes.pop(name, None)
        return self.client.delete_collection(name)

    def create_index(self, name, body):
        request = rest.CreateFieldIndex.model_validate_json(body)
        kind = request.field_schema if isinstance(request.field_schema, str) else request.field_schema.type
        self.indexes[self.real_name(name)][request.field_name] = str(getattr(kind, "value", kind))
        return {"operation_id": 0, "status": "completed"}

    def check_vectors(self, name, points):
        size = self.client.get_collection(name).config.params.vectors.size
        for point in points:
            if len(point.vector) != size:
                raise Refused(400, f"Wrong input: Vector dimension error: expected dim: {size}, got {len(point.vector)}")

    def upsert(self, name, body):
        name = self.real_name(name)
        request = POINT_INSERT.validate_json(body)
        self.check_vectors(name, request.points)
        return jsonable(self.client.upsert(name, request.points))

    def batch(self, name, body):
        name = self.real_name(name)
        request = rest.UpdateOperations.model_validate_json(body)
        for operation in request.operations:
            if isinstance(operation, rest.UpsertOperation):
                self.check_vectors(name, operation.upsert.points)
        return [jsonable(done) for done in self.client.batch_update_points(name, request.operations)]

    def delete(self, name, body):
        selector = SELECTOR.validate_json(body)
        return jsonable(self.client.delete(self.real_name(name), selector))

    def retrieve(self, name, body):
        request = rest.PointRequest.model_validate_json(body)
        return [jsonable(point) for point in self.client.retrieve(
            self.real_name(name), request.ids, with_payload=request.with_payload, with_vectors=request.with_vector)]

    def count(self, name, body):
        request = rest.CountRequest.model_validate_json(body)
        return jsonable(self.client.count(self.real_name(name), request.filter, exact=request.exact))

    def query(self, name, body):
        name = self.real_name(name)
        request = QUERY.validate_json(body)
        if isinstance(request.query, rest.OrderByQuery):
            order = request.query.order_by
            self.demand_index(name, order if isinstance(order, str) else order.key)
        elif request.query is None:
            # The engine has no offset here.
            wanted = (request.limit or 10) + (request.offset or 0)
            records, _ = self.client.scroll(name, request.filter, limit=wanted)
            points = [{"id": r.id, "version": 0, "score": 0.0, "payload": r.payload} for r in records]
            return {"points": points[request.offset or 0:]}
        try:
            found = self.client.query_points(name, query=request.query, query_filter=request.filter,
                                             limit=request.limit, offset=request.offset,
                                             with_payload=request.with_payload, search_params=request.params)
        except KeyError as missing:
            raise Refused(404, f"Not found: No point with id {missing} found") from missing
        return jsonable(found)

    def scroll(self, name, body):
        request = rest.ScrollRequest.model_validate_json(body)
        points, following = self.client.scroll(self.real_name(name), request.filter, limit=request.limit,
                                               offset=request.offset, with_payload=request.with_payload)
        return {"points": [jsonable(point) for point in points], "next_page_offset": following}

    def facet(self, name, body):
        name = self.real_name(name)
        request = rest.FacetRequest.model_validate_json(body)
        self.demand_index(name, request.key)
        return jsonable(self.client.facet(name, request.key, facet_filter=request.filter, limit=request.limit or 10))

    def demand_index(self, name, key):
        if key not in self.indexes[name]:
            raise Refused(400, f"Bad request: Index required but not found for \"{key}\"")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def reply(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        key = self.server.api_key
        if key and self.headers.get("api-key") != key:
            return self.reply(401, {"status": {"error": "Must provide an API key or an Authorization bearer token"}})
        try:
            self.check_parameters(query)
            result = self.server.engine.answer(self.command, path, body)
        except Refused as refused:
            return self.reply(refused.status, {"status": {"error": str(refused)}, "time": 0.0})
        except (ValidationError, ValueError) as wrong:
            return self.reply(400, {"status": {"error": f"Format error in JSON body: {wrong}"}, "time": 0.0})
        return self.reply(200, {"result": result, "status": "ok", "time": 0.0})

    def check_parameters(self, query):
        for key, value in urllib.parse.parse_qsl(query, strict_parsing=bool(query)):
            if (key, value) not in (("wait", "true"), ("ordering", "strong")):
                raise Refused(400, f"unexpected parameter {key}={value}")

    do_GET = do_PUT = do_POST = do_DELETE = handle_any

    def log_message(self, *_):
        pass


def serve(port=0, api_key=None):
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.engine = Engine()
    server.api_key = api_key
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--api-key")
    arguments = parser.parse_args()
    print(serve(arguments.port, arguments.api_key).server_address[1], flush=True)
    sys.stdin.read()

"""A server under test: a store, keys and tokens in a folder of its own, and ways to talk to it byte by byte."""
import contextlib
import http.client
import io
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import program
from program import EXAMPLES, IMODEL, ITWIN, PROGRAM, png

HIDDEN = "99999999-9999-4999-8999-999999999999"  # of an iTwin on which only dave has a role
EMPTY = "77777777-7777-4777-8777-777777777777"  # without a thumbnail, in the iTwin of the others
ANSWER_S = 60  # how long a test waits for what must come
STORE_FILES = (".locket", ".locket-wal")


# What HTTP itself makes of a request that never becomes one of an operation, and its code.
TRANSPORT_PROBLEMS = {400: "BadRequest", 408: "RequestTimeout", 417: "ExpectationFailed", 431: "RequestHeadersTooLarge",
                      501: "NotImplemented"}
OPENAPI = program.SOURCE / "tools" / "locket" / "serve" / "openapi.json"


def documented_problem(status):
    """The body that the interface's description shows for one of those."""
    document = json.loads(OPENAPI.read_text(encoding="utf-8"))
    bodies = []
    for operation in ("get", "put"):
        reference = document["paths"]["/imodels/{id}/thumbnail"][operation]["responses"][str(status)]["$ref"]
        response = document["components"]["responses"][reference.rsplit("/", 1)[1]]
        bodies.append(response["content"]["application/json"]["examples"][TRANSPORT_PROBLEMS[status]]["value"])
    assert bodies[0] == bodies[1]
    return bodies[0]


def access_document(**changes):
    """The example's access facts, with a second iTwin that only dave may see."""
    document = json.loads((EXAMPLES / "access.json").read_text(encoding="utf-8"))
    other = "88888888-8888-4888-8888-888888888888"
    document["itwins"].append({"id": other, "organization_id": document["organizations"][0]["id"], "owners": [],
                               "roles": [{"id": "viewer", "permissions": ["imodels_webview"]}], "groups": [],
                               "members": [{"user": "dave", "roles": ["viewer"]}]})
    document["imodels"] += [{"id": HIDDEN, "itwin_id": other}, {"id": EMPTY, "itwin_id": ITWIN}]
    document["tiers"] = [{"name": "wide", "limits": [{"calls": 1000000, "seconds": 60}]},
                         {"name": "narrow", "limits": [{"calls": 2, "seconds": 3600}]}]
    document["clients"] = [{"id": "example", "tier": "wide"}, {"id": "narrow", "tier": "narrow"}]
    return document | changes


class Answer:
    """One HTTP answer, read from a connection."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The code of an error's body."""
        return self.json["error"]["code"]


class KeptOpen(io.BufferedReader):
    """What several answers are read from, one after the other; each reader closes it, and means only its own."""

    def close(self):
        pass


class Connection:
    """One TCP connection to the server, for bytes of any kind."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = KeptOpen(self.socket.makefile("rb", buffering=0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def makefile(self, _mode):
        """What HTTPResponse asks a socket for."""
        return self.file

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def answer(self, method="GET"):
        """Reads the next answer."""
        response = http.client.HTTPResponse(self, method=method)
        response.begin()
        return Answer(response)

    def is_closed(self):
        """Waits for the server's end of the connection. Whether it came without more bytes."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True


class Server:
    """A running `locket serve`; made once for a class of tests."""

    def __init__(self, *words):
        self.folder_holder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.folder_holder.name)
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("LOCKET_")}
        self.process = None
        self.url = None
        self.port = None
        (self.folder / "access.json").write_text(json.dumps(access_document()), encoding="utf-8")
        (self.folder / f"{IMODEL}.png").write_bytes(png(80, 50))
        self.locket("import", f"{IMODEL}.png", "--itwin", ITWIN)
        self.locket("access", "load", "access.json")
        self.locket("token", "keygen", "--out", "keys", "--algorithm", "ES256")
        self.words = words

    def locket(self, *words):
        """Runs another verb on the same store."""
        told = subprocess.run([PROGRAM, *map(str, words)], cwd=self.folder, check=True, capture_output=True, text=True,
                              env=self.environment)
        return told.stdout

    def token(self, user, client="example"):
        return self.locket("token", "sign", "--key", "keys/private.pem", "--sub", user, "--client-id", client).strip()

    def bearer(self, user, client="example"):
        return {"Authorization": f"Bearer {self.token(user, client)}"}

    def start(self, *words, errors=None):
        """Starts it and waits until it listens. Of an option that is given here, the usual one is left out. Standard error goes
        into a file, or to the given descriptor."""
        usual = {"--listen": "127.0.0.1:0", "--threads": "2", "--access-log": "access.log"}
        defaults = [word for option, value in usual.items() if option not in (*self.words, *words) for word in (option, value)]
        with open(self.folder / "errors.txt", "ab") as file:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", "--keys", "keys/jwks.json", *defaults, *self.words, *words], cwd=self.folder,
                env=self.environment, stdout=subprocess.PIPE, stderr=file if errors is None else errors, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line + self.errors()
        self.url = line.removeprefix("listening on ").strip()
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def stop(self, number=signal.SIGTERM):
        """Ends it. Result: its exit code; a leak or a sanitizer's finding makes it another than 0."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        code = self.process.wait(timeout=ANSWER_S)
        self.process.stdout.close()
        return code

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.wait()
        self.folder_holder.cleanup()

    def errors(self):
        return (self.folder / "errors.txt").read_text(encoding="utf-8", errors="replace")

    def log_lines(self):
        """The access log so far."""
        return [json.loads(line) for line in (self.folder / "access.log").read_text(encoding="utf-8").splitlines()]

    def logged(self, identifier, status=None):
        """The log's line of a correlation id, and a status where there may be several, waited for."""
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end:
            for line in self.log_lines():
                if line["id"] == identifier and status in (None, line["status"]):
                    return line
            time.sleep(0.05)
        raise AssertionError(f"{identifier} is not in the access log")

    def connect(self):
        return Connection(self.port)

    def ask(self, method, path, headers=None, body=None):
        """One request on a connection of its own, through Python's own client."""
        secure = self.url.startswith("https:")
        connection = (http.client.HTTPSConnection("127.0.0.1", self.port, timeout=ANSWER_S,
                                                  context=ssl._create_unverified_context()) if secure
                      else http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S))
        try:
            connection.request(method, path, body=body, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def descriptors(self):
        """How many descriptors the process has open, but for the store's own: threads that read at once open more of those."""
        return sum(not name.endswith(STORE_FILES) for name in self.open_files())

    def store_descriptors(self):
        """How many are of the store's file and its log: two for each connection to it."""
        return sum(name.endswith(STORE_FILES) for name in self.open_files())

    def open_files(self):
        """What the descriptors of the process lead to."""
        names = []
        for entry in os.scandir(f"/proc/{self.process.pid}/fd"):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                names.append(os.readlink(entry.path))
        return names

    def settled_descriptors(self, at_most):
        """The same, once it is no more than `at_most`, or after waiting for that."""
        end = time.monotonic() + ANSWER_S
        while self.descriptors() > at_most and time.monotonic() < end:
            time.sleep(0.05)
        return self.descriptors()


class ServerCase(unittest.TestCase):
    """A class of tests that share one server; that it ends cleanly is a test as well."""

    words = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.words)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        if code != 0:
            raise AssertionError(f"the server ended with {code}\n{cls.server.errors()}")

    def ask(self, *words, **more):
        return self.server.ask(*words, **more)


__all__ = ["ANSWER_S", "Answer", "Connection", "EMPTY", "HIDDEN", "Server", "ServerCase", "access_document", "program"]

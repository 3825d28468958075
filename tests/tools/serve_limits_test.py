#!/usr/bin/env python3
"""The limits of `locket serve`, each set so low that a test reaches it, and every other one too far away to be the reason."""
import contextlib
import resource
import select
import time
import unittest

from program import IMODEL  # first: it finds the next one
import tap
from serve_test import THUMBNAIL
from server import ANSWER_S, Server, ServerCase

FAR_MS = 600_000


class Times(ServerCase):
    """How long a client may take."""

    words = tuple(word for name, value in (("tick_ms", 50), ("head_ms_max", 2000), ("body_ms_max", 1500),
                                           ("idle_ms_max", FAR_MS), ("body_idle_ms_max", FAR_MS))
                  for word in ("--limit", f"{name}={value}"))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bob = cls.server.bearer("bob")["Authorization"]

    def test_a_later_head_has_no_more_time_than_the_first(self):
        with self.server.connect() as connection:
            self.assertEqual(connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)
            self.assertEqual(connection.send("GET /hea").answer().status, 408)

    def test_a_body_that_drips_has_an_end(self):
        with self.server.connect() as connection:
            connection.send(f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nAuthorization: {self.bob}\r\n"
                            "Content-Type: image/png\r\nContent-Length: 100000\r\n\r\n")
            end = time.monotonic() + ANSWER_S
            while not select.select([connection.socket], [], [], 0.1)[0]:
                self.assertLess(time.monotonic(), end)
                connection.send("x")
            self.assertEqual(connection.answer().status, 408)


class Refused(ServerCase):
    """What is read of a client that goes on after a refusal, so that it gets to read the answer."""

    words = ("--limit", "linger_bytes_max=100000", "--limit", f"linger_ms_max={FAR_MS}")

    def test_no_more_is_read_after_a_refusal_than_the_limit_says(self):
        with self.server.connect() as connection:
            self.assertEqual(connection.send("GET /hea lth HTTP/1.1\r\n\r\n").answer().status, 400)
            with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                for _ in range(1000):  # far more than lies in the buffers between the two
                    connection.send(bytes(65536))


class Counts(ServerCase):
    """How much a client may send, and how much is looked at for it."""

    words = ("--limit", "header_lines_max=10", "--limit", "gallery_scanned_max=1")

    def test_a_head_may_have_as_many_lines_as_the_limit_says(self):
        for more, status in ((9, 200), (10, 431)):
            with self.subTest(lines=more + 1), self.server.connect() as connection:
                connection.send("GET /health HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n" * more + "\r\n")
                self.assertEqual(connection.answer().status, status)

    def test_a_page_of_the_gallery_looks_at_no_more_than_the_limit(self):
        alice = self.server.bearer("alice")
        page = self.ask("GET", "/gallery/imodels?hidden=include", alice).json
        self.assertEqual([entry["id"] for entry in page["imodels"]], [IMODEL])
        self.assertIsNotNone(page["next"])

    def test_the_log_names_nobody_for_a_request_that_was_asked_by_nobody(self):
        with self.server.connect() as connection:
            head = f"Host: x\r\nAuthorization: {self.server.bearer('alice')['Authorization']}\r\n"
            connection.send(f"GET {THUMBNAIL} HTTP/1.1\r\n{head}X-Correlation-Id: known\r\n\r\n").answer()
            connection.send("GET /nothing HTTP/1.1\r\nHost: x\r\nX-Correlation-Id: unknown\r\n\r\n").answer()
        self.assertEqual(self.server.logged("known")["user"], "alice")
        line = self.server.logged("unknown")
        self.assertEqual([line.get(key) for key in ("status", "user", "client_id", "rule")], [404, None, None, None])


class Process(unittest.TestCase):
    """What the server takes of the system."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def test_it_takes_the_descriptors_that_its_connections_need(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (80, hard))
        self.server.start("--limit", "connections_max=200")
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(self.server.connect()) for _ in range(120)]
            for connection in connections:
                self.assertEqual(connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)
        self.assertEqual(self.server.stop(), 0, self.server.errors())


if __name__ == "__main__":
    tap.run_module()

#!/usr/bin/env python3
"""`locket serve` against clients that do everything wrong: exact answers, and nothing left behind."""
import os
import random
import resource
import select
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
import unittest

from program import IMODEL, PROGRAM, ProgramCase, png  # first: it finds the next one
import tap
from serve_test import THUMBNAIL, golden
from server import ANSWER_S, HIDDEN, Server, ServerCase

TRANSPORT = {"BadRequest", "ResourceNotFound", "MethodNotAllowed", "RequestTimeout", "ExpectationFailed",
             "RequestHeadersTooLarge", "NotImplemented", "ServiceUnavailable"}


class Malformed(ServerCase):
    """What is not HTTP, or is more than it should be."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls.server.bearer("alice")["Authorization"]
        cls.bob = cls.server.bearer("bob")["Authorization"]

    def refused(self, raw, status, code):
        """Sends bytes and expects one refusal and the end of the connection."""
        with self.server.connect() as connection:
            answer = connection.send(raw).answer()
            self.assertEqual((answer.status, answer.code), (status, code), raw[:200])
            self.assertEqual(answer.headers["Connection"], "close")
            connection.socket.shutdown(socket.SHUT_WR)
            self.assertTrue(connection.is_closed(), raw[:200])

    def test_what_is_not_http_is_400(self):
        for raw in ("GARBAGE\r\n\r\n", "GET /health\r\n\r\n", "GET  /health HTTP/1.1\r\nHost: x\r\n\r\n",
                    "GET /health HTTP/2.0\r\nHost: x\r\n\r\n", "GET /health HTTP/1.1x\r\nHost: x\r\n\r\n",
                    "GET /hea lth HTTP/1.1\r\nHost: x\r\n\r\n", "GET\0/health HTTP/1.1\r\nHost: x\r\n\r\n",
                    "GET /hea\0lth HTTP/1.1\r\nHost: x\r\n\r\n", "GET /health HTTP/1.1\nHost: x\n\n",
                    "GET /health HTTP/1.1\r\nHost : x\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\n: v\r\n\r\n",
                    "GET /health HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
                    "GET /health HTTP/1.1\r\nHost: x\r\nA: b\x7fc\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n",
                    "GET /health HTTP/1.1\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                    *(f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n"
                      for host in ("a b", "http://x", "x/", "x,y z", "x:y", "x:1:2", "::1", "[::1", "[::1]1", "[a/b]", "[::1]:x", "a@b", "é")),
                    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            with self.subTest(raw=raw):
                self.refused(raw, 400, "BadRequest")

    def test_every_form_of_a_host_is_taken(self):
        for host in ("", "x", "x:", "x:80", "127.0.0.1:8080", "[::1]", "[::1]:80", "[v1.a:b]", "a%20b", "a-b_c.example~!$&'()*+,;="):
            with self.server.connect() as connection:
                self.assertEqual(connection.send(f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n").answer().status, 200, host)

    def test_what_follows_a_body_is_no_header(self):
        with self.server.connect() as connection:
            answer = connection.send(f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nAuthorization: {self.bob}\r\n"
                                     f"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\nX-Correlation-Id: behind\r\n\r\n").answer()
        self.assertEqual(answer.status, 422)
        self.assertNotEqual(answer.headers["X-Correlation-Id"], "behind")

    def test_a_body_whose_length_is_in_doubt_is_refused(self):
        head = f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nAuthorization: {self.bob}\r\n"
        for lines, status, code in (
                ("Content-Length: -1", 400, "BadRequest"), ("Content-Length: +5", 400, "BadRequest"),
                ("Content-Length: 5x", 400, "BadRequest"), ("Content-Length: ", 400, "BadRequest"),
                ("Content-Length: 99999999999999999999", 400, "BadRequest"),
                ("Content-Length: 5\r\nContent-Length: 6", 400, "BadRequest"), ("Content-Length: 5, 6", 400, "BadRequest"),
                ("Content-Length: 5\r\nTransfer-Encoding: chunked", 400, "BadRequest"),
                ("Transfer-Encoding: chunked\r\nContent-Length: 5", 400, "BadRequest"),
                ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400, "BadRequest"),
                ("Transfer-Encoding: gzip", 501, "NotImplemented"), ("Transfer-Encoding: gzip, chunked", 501, "NotImplemented"),
                ("Transfer-Encoding: chunked, gzip", 501, "NotImplemented"), ("Transfer-Encoding: xchunked", 501, "NotImplemented"),
                ("Content-Length: 5\r\nExpect: 200-ok", 417, "ExpectationFailed")):
            with self.subTest(lines=lines):
                self.refused(head + lines + "\r\n\r\n", status, code)
        self.refused(head.replace("HTTP/1.1", "HTTP/1.0") + "Transfer-Encoding: chunked\r\n\r\n", 400, "BadRequest")

    def test_wrong_chunks_are_400_and_too_many_413(self):
        head = (f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nAuthorization: {self.bob}\r\n"
                "Transfer-Encoding: chunked\r\n\r\n")
        for body in ("x\r\n", "-1\r\n", "5\r\nabcdefgh\r\n", "11111111111111111\r\n", "5 5\r\nabcde\r\n", "0x5\r\nabcde\r\n\r\n",
                     "1" * 17000, "0\r\n" + "A: b\r\n" * 4000):
            with self.subTest(body=body[:30]):
                self.refused(head + body, 400, "BadRequest")
        self.refused(head + "500001\r\n", 413, "RequestTooLarge")
        self.refused(head + "7fffffffffffffff\r\n", 413, "RequestTooLarge")

    def test_headers_over_their_limits_are_431(self):
        for raw in ("GET /" + "a" * 20000 + " HTTP/1.1\r\nHost: x\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\nA: " + "b" * 20000,
                    "GET /health HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n" * 101 + "\r\n", "A" * 20000,
                    "GET /health HTTP/1.1\r\nHost: x\r\n" + "".join(f"A{i}: {'b' * 100}\r\n" for i in range(200))):
            with self.subTest(raw=raw[:60]):
                self.refused(raw, 431, "RequestHeadersTooLarge")

    def test_an_empty_line_before_a_request_is_passed_over(self):
        with self.server.connect() as connection:
            for _ in range(2):
                self.assertEqual(connection.send("\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)

    def test_one_request_byte_by_byte_is_one_request(self):
        with self.server.connect() as connection:
            for byte in f"GET {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nAuthorization: {self.alice}\r\n\r\n":
                connection.send(byte)
            self.assertEqual(connection.answer().status, 200)

    def test_two_authorization_headers_are_the_engines_401(self):
        status, _, body = golden("token_rejected")
        for lines in (f"Authorization: {self.alice}\r\nAuthorization: {self.alice}",
                      f"Authorization: {self.alice}\r\nauthorization: Bearer x", f"Authorization: {self.alice}, {self.alice}",
                      f"Authorization: Bearer x\r\nAuthorization: {self.alice}"):
            with self.subTest(lines=lines), self.server.connect() as connection:
                answer = connection.send(f"GET {THUMBNAIL} HTTP/1.1\r\nHost: x\r\n{lines}\r\n\r\n").answer()
                self.assertEqual((answer.status, answer.body.decode()), (status, body))
                self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")

    def path_answer(self, target):
        with self.server.connect() as connection:
            return connection.send(f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: {self.alice}\r\n\r\n").answer()

    def test_an_id_that_is_not_exactly_one_is_not_found(self):
        status, _, body = golden("imodel_not_found")
        encoded = "".join(f"%{ord(letter):02x}" for letter in IMODEL)
        for segment in ("%2e%2e", "..", ".", "", f"{IMODEL}%00", f"{IMODEL}.", f"{IMODEL}%20", f"{{{IMODEL}}}", f"%7B{IMODEL}%7D",
                        encoded, IMODEL.replace("-", ""), f"{IMODEL}%2f..", f"..%2f{IMODEL}", IMODEL[:-1], f"{IMODEL}0", HIDDEN,
                        HIDDEN.upper(), "%", "%zz", "\u00e9", IMODEL.replace("2", "%32", 1), f"{IMODEL};x=1", f"{IMODEL}:"):
            with self.subTest(segment=segment):
                answer = self.path_answer(f"/imodels/{segment}/thumbnail")
                self.assertEqual((answer.status, answer.body.decode()), (status, body))

    def test_a_path_that_is_not_exactly_one_is_not_there(self):
        for path in (f"/{THUMBNAIL}", f"/imodels//{IMODEL}/thumbnail", f"/imodels/{IMODEL}//thumbnail", f"{THUMBNAIL}/",
                     f"/imodels/{IMODEL}/../{IMODEL}/thumbnail", f"/./imodels/{IMODEL}/thumbnail", f"{THUMBNAIL};x", f"{THUMBNAIL}%3fsize=large",
                     f"/IMODELS/{IMODEL}/thumbnail", f"/imodels/{IMODEL}/Thumbnail", f"/imodels%2f{IMODEL}/thumbnail", f"{THUMBNAIL}%00",
                     f"{THUMBNAIL}.", "/imodels/thumbnail", "/imodels//", "x", "*/health", "/health/", "/%68ealth", "/..", "http://", "//health",
                     "/page/index.html", "/serve/openapi.json", "ftp://x/health"):
            with self.subTest(path=path):
                answer = self.path_answer(path)
                self.assertEqual((answer.status, answer.code), (404, "ResourceNotFound"), answer.body)

    def test_what_means_the_same_is_the_same(self):
        for target in (f"/imodels/{IMODEL.upper()}/thumbnail", f"http://anything.example{THUMBNAIL}", f"https://x:1{THUMBNAIL}?size=small",
                       f"{THUMBNAIL}?", f"{THUMBNAIL}?unknown=1&size=small"):
            with self.subTest(target=target):
                self.assertEqual(self.path_answer(target).status, 200)

    def test_nothing_that_was_sent_becomes_a_header(self):
        for value in ("a%0d%0aSet-Cookie:%20x=1", "a%0aX-Evil:1", "%00", "%7f"):
            answer = self.path_answer(f"{THUMBNAIL}?size={value}")
            self.assertEqual((answer.status, answer.code), (422, "InvalidiModelsRequest"))
            self.assertIsNone(answer.headers["Set-Cookie"])
            self.assertIsNone(answer.headers["X-Evil"])
        answer = self.server.ask("GET", "/health", {"X-Correlation-Id": "a%0d%0aSet-Cookie:x", "Origin": "https://x%0d%0aA:b"})
        self.assertRegex(answer.headers["X-Correlation-Id"], "^[0-9a-f]{32}$")
        self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])

    def test_a_truncated_body_stores_nothing(self):
        picture = png(80, 50, (9, 9, 9))
        etag = self.server.ask("GET", THUMBNAIL, {"Authorization": self.alice}).headers["ETag"]
        for lines in (f"Content-Length: {len(picture)}\r\n\r\n", f"Transfer-Encoding: chunked\r\n\r\n{len(picture):x}\r\n"):
            for cut in (0, 1, len(picture) - 1):
                with self.server.connect() as connection:
                    connection.send(f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
                                    f"Authorization: {self.bob}\r\nX-Correlation-Id: cut-{cut}\r\n" + lines)
                    connection.send(picture[:cut]).socket.shutdown(socket.SHUT_WR)
                    self.assertTrue(connection.is_closed())
                self.assertEqual(self.server.logged(f"cut-{cut}")["status"], 0)
        self.assertEqual(self.server.ask("GET", THUMBNAIL, {"Authorization": self.alice}).headers["ETag"], etag)

    def test_clients_that_hang_up_leave_nothing_behind(self):
        before = self.server.descriptors()
        for size in ("small", "large"):
            for _ in range(100):
                connection = self.server.connect()
                connection.send(f"GET {THUMBNAIL}?size={size} HTTP/1.1\r\nHost: x\r\nAuthorization: {self.alice}\r\n\r\n" * 3)
                # A reset, in the middle of the answers.
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.file.raw.close()
                connection.socket.close()
        self.assertLessEqual(self.server.settled_descriptors(before), before)
        self.assertEqual(self.server.ask("GET", "/health").status, 200)

    def test_damaged_requests_get_an_answer_that_is_one_of_ours(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        whole = (f"PUT {THUMBNAIL}?size=small HTTP/1.1\r\nHost: x\r\nAuthorization: {self.bob}\r\nContent-Type: image/png\r\n"
                 "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n").encode()
        for _ in range(300):
            raw = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(raw))
                kind = chance.randrange(3)
                if kind == 0:
                    raw[at] = chance.randrange(256)
                elif kind == 1:
                    del raw[at:at + chance.randint(1, 20)]
                else:
                    raw[at:at] = chance.choice([b"\r\n", b"\0", b":", b" ", b"Content-Length: 3\r\n", bytes([chance.randrange(256)])])
            with self.subTest(seed=seed, raw=bytes(raw)), self.server.connect() as connection:
                connection.send(bytes(raw)).socket.shutdown(socket.SHUT_WR)
                text = connection.file.read().decode("latin-1").removeprefix("HTTP/1.1 100 Continue\r\n\r\n")
                if text:  # nothing at all where the damage left the request without an end
                    self.assertRegex(text, r"^HTTP/1\.1 (400|401|403|404|405|413|417|422|431|501) ")
                    self.assertIn('{"error":{"code":"', text)


class Slow(ServerCase):
    """Clients that take their time, and more of them than there is room for."""

    words = ("--limit", "head_ms_max=700", "--limit", "idle_ms_max=2500", "--limit", "body_ms_max=700", "--limit", "tick_ms=50",
             "--limit", "answer_ms_max=700", "--limit", "linger_ms_max=500", "--limit", "connections_max=30",
             "--limit", "upload_bytes_in_flight_max=100000")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls.server.bearer("alice")["Authorization"]
        cls.bob = cls.server.bearer("bob")["Authorization"]
        cls.server.ask("GET", THUMBNAIL, cls.server.bearer("alice"))
        cls.descriptors_at_rest = cls.server.descriptors() + 3

    def put_head(self, length, identifier):
        return (f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nAuthorization: {self.bob}\r\n"
                f"X-Correlation-Id: {identifier}\r\nContent-Length: {length}\r\n\r\n")

    def test_a_slow_head_and_a_slow_body_are_408(self):
        for raw in ("GET /health HT", "G", self.put_head(50000, "slow") + "some"):
            with self.subTest(raw=raw[:20]), self.server.connect() as connection:
                answer = connection.send(raw).answer()
                self.assertEqual((answer.status, answer.code), (408, "RequestTimeout"))
                self.assertTrue(connection.is_closed())

    def test_a_head_that_drips_gets_no_more_time(self):
        with self.server.connect() as connection:
            connection.send("GET /health HTTP/1.1\r\nHost: x\r\n")
            answered = False
            while not answered:
                try:
                    connection.send("A: b\r\n")
                except (BrokenPipeError, ConnectionResetError):
                    break
                answered = bool(select.select([connection.socket], [], [], 0.1)[0])
            self.assertTrue(answered)
            self.assertEqual(connection.answer().status, 408)

    def test_an_idle_connection_ends_without_a_word(self):
        with self.server.connect() as connection:
            self.assertEqual(connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)
            self.assertTrue(connection.is_closed())

    def test_a_reader_that_does_not_read_is_dropped(self):
        with self.server.connect() as connection:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            request = f"GET {THUMBNAIL}?size=large HTTP/1.1\r\nHost: x\r\nAuthorization: {self.alice}\r\nX-Correlation-Id: lazy\r\n\r\n"
            sent, end = 0, time.monotonic() + ANSWER_S
            connection.socket.setblocking(False)
            dropped = False
            while not dropped and time.monotonic() < end:  # requests without end, answers never read
                try:
                    sent += connection.socket.send(request.encode())
                except BlockingIOError:
                    time.sleep(0.05)
                except (BrokenPipeError, ConnectionResetError):
                    dropped = True
            self.assertTrue(dropped)
        self.assertGreater(self.server.logged("lazy", 0)["us"], 600000)

    def test_an_upload_larger_than_all_room_is_503(self):
        picture = png(80, 50)
        answer = self.server.ask("PUT", THUMBNAIL, {"Authorization": self.bob, "Content-Type": "image/png"}, bytes(100001))
        self.assertEqual((answer.status, answer.code, answer.headers["Retry-After"]), (503, "ServiceUnavailable", "1"))
        answer = self.server.ask("PUT", THUMBNAIL, {"Authorization": self.bob, "Content-Type": "image/png"}, picture)
        self.assertEqual(answer.status, 201)

    def test_connections_beyond_the_limit_are_503(self):
        # Those of other tests may still be closing.
        before = self.server.settled_descriptors(self.descriptors_at_rest)
        connections = [self.server.connect() for _ in range(60)]
        try:
            refused = set()
            end = time.monotonic() + ANSWER_S
            while len(refused) < 20 and time.monotonic() < end:
                readable = select.select([c.socket for c in connections if c not in refused], [], [], 0.1)[0]
                for connection in [c for c in connections if c.socket in readable]:
                    # The idle ones end as well, in time, but without a word.
                    line = connection.file.readline()
                    self.assertIn(line, (b"HTTP/1.1 503 Service Unavailable\r\n", b""))
                    if line:
                        refused.add(connection)
                    else:
                        connections.remove(connection)
            self.assertGreaterEqual(len(refused), 20, before)
        finally:
            for connection in connections:
                connection.socket.close()
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end and self.server.ask("GET", "/health").status != 200:
            time.sleep(0.05)
        self.assertEqual(self.server.ask("GET", "/health").status, 200)


class WithFewThreads(ProgramCase):
    @staticmethod
    def become_a_user_of_few_threads():
        resource.setrlimit(resource.RLIMIT_NPROC, (6, 6))
        user = 60_000 + os.getpid() % 5_000  # nobody else's: the limit counts all threads of a user
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become a user of few processes")
    def test_without_the_threads_that_it_wants_it_ends_and_says_so(self):
        self.folder.chmod(0o777)
        self.locket("token", "keygen", "--out", "keys")
        try:
            told = subprocess.run([PROGRAM, "serve", "--keys", "keys/jwks.json", "--listen", "127.0.0.1:0", "--threads", "8"],
                                  cwd=self.folder, check=False, capture_output=True, text=True, timeout=ANSWER_S,
                                  preexec_fn=self.become_a_user_of_few_threads)
        except PermissionError:
            self.skipTest("the program stands where no other user may reach it")
        self.assertEqual((told.returncode, told.stdout), (2, ""))
        self.assertIn("no more threads", told.stderr)


class Life(unittest.TestCase):
    """Start, reload and stop."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def test_wrong_usage_ends_at_once_with_2(self):
        for words, told in ((("--listen", "nonsense"), "HOST:PORT"), (("--listen", "127.0.0.1:99999"), "HOST:PORT"),
                            (("--limit", "nonsense=1"), "no limit of this name"), (("--limit", "tick_ms=0"), "whole number"),
                            (("--limit", "tick_ms=10001"), "1 to 10000"), (("--limit", "renders_at_once_max=1025"), "1 to 1024"),
                            (("--allow-origin", "app.example"), "scheme://host"),
                            (("--allow-origin", "*", "https://app.example/"), "scheme://host"),
                            (("--certificate", "x.pem"), "go together"), (("--access", "missing.json"), "missing.json"),
                            (("--certificate", "keys/jwks.json", "--private-key", "keys/private.pem"), "certificate")):
            with self.subTest(words=words):
                with self.assertRaises(AssertionError):
                    self.server.start(*words)
                self.assertEqual(self.server.wait(), 2)
                self.assertIn(told, self.server.errors())

    def test_an_empty_store_is_told_with_every_way_to_fill_it(self):
        made, empty = "made a new, empty store: typo.locket", "the store typo.locket knows no iModel"
        for count, words in enumerate(((), (), ("--access", "access.json")), 1):
            self.server.start("--store", "typo.locket", *words)
            self.assertEqual(self.server.stop(), 0, self.server.errors())
            told = self.server.errors()
            self.assertEqual((told.count(made), told.count(empty)), (1, min(count, 2)), told)
        for way in ("locket import", "access load", "--access", "PUT", "imodels_manage"):
            self.assertIn(way, told)

    def test_sighup_reads_keys_access_and_log_anew(self):
        bearer = self.server.bearer("alice")
        self.server.start("--access", "access.json")
        self.assertEqual(self.server.ask("GET", THUMBNAIL, bearer).status, 200)
        self.server.locket("token", "keygen", "--out", "other", "--algorithm", "ES256")
        (self.server.folder / "keys/jwks.json").write_bytes((self.server.folder / "other/jwks.json").read_bytes())
        text = (self.server.folder / "access.json").read_text(encoding="utf-8")
        (self.server.folder / "access.json").write_text(text.replace('"alice"', '"alison"'), encoding="utf-8")
        (self.server.folder / "access.log").rename(self.server.folder / "old.log")
        self.server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + ANSWER_S
        while "read anew" not in self.server.errors() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.server.ask("GET", THUMBNAIL, bearer).code, "Unauthorized")
        (self.server.folder / "keys/private.pem").write_bytes((self.server.folder / "other/private.pem").read_bytes())
        self.assertEqual(self.server.ask("GET", THUMBNAIL, self.server.bearer("alice")).status, 404)
        self.assertEqual(self.server.ask("GET", THUMBNAIL, self.server.bearer("alison") | {"X-Correlation-Id": "new"}).status, 200)
        self.assertEqual(self.server.logged("new")["status"], 200)
        self.assertEqual(self.server.stop(), 0, self.server.errors())

    def test_a_reload_tells_what_was_read(self):
        for words, told in (((), "the keys were read anew"), (("--access", "access.json"), "the keys and the access facts were read anew")):
            self.server.start(*words)
            self.server.process.send_signal(signal.SIGHUP)
            end = time.monotonic() + ANSWER_S
            while f"locket: {told}\n" not in self.server.errors() and time.monotonic() < end:
                time.sleep(0.05)
            self.assertIn(f"locket: {told}\n", self.server.errors())
            self.assertEqual(self.server.stop(), 0, self.server.errors())

    def test_a_reload_that_fails_changes_nothing(self):
        bearer = self.server.bearer("alice")
        self.server.start("--access", "access.json")
        (self.server.folder / "keys/jwks.json").write_text("{", encoding="utf-8")
        (self.server.folder / "access.json").write_text("[]", encoding="utf-8")
        self.server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + ANSWER_S
        while self.server.errors().count("as they were") < 2 and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.server.errors().count("as they were"), 2)
        self.assertEqual(self.server.ask("GET", THUMBNAIL, bearer).status, 200)
        self.assertEqual(self.server.stop(), 0, self.server.errors())

    def test_https_serves_the_same_and_takes_a_new_certificate(self):
        def make_certificate(name, *lock):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *(lock or ["-nodes"]), "-days", "2",
                            "-subj", f"/CN={name}", "-keyout", "tls.key", "-out", "tls.pem"], cwd=self.server.folder, check=True,
                           capture_output=True)

        def served_certificate():
            return ssl.get_server_certificate(("127.0.0.1", self.server.port), timeout=ANSWER_S)

        make_certificate("first")
        self.server.start("--certificate", "tls.pem", "--private-key", "tls.key")
        self.assertTrue(self.server.url.startswith("https://127.0.0.1:"))
        bearer = self.server.bearer("bob")
        picture = png(80, 50)
        self.assertEqual(self.server.ask("PUT", THUMBNAIL, bearer | {"Content-Type": "image/png"}, picture).status, 201)
        self.assertEqual(self.server.ask("GET", THUMBNAIL + "?size=large", bearer).status, 200)
        self.assertEqual(self.server.ask("PUT", THUMBNAIL, {"Content-Type": "image/png"}, picture).code, "HeaderNotFound")
        first = served_certificate()
        make_certificate("locked", "-passout", "pass:secret")
        self.server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + ANSWER_S
        while "can't use the private key" not in self.server.errors() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(served_certificate(), first)
        make_certificate("second")
        self.server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + ANSWER_S
        while served_certificate() == first and time.monotonic() < end:
            time.sleep(0.05)
        self.assertNotEqual(served_certificate(), first)
        with self.server.connect() as connection:  # plain HTTP, and what is neither
            connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").socket.shutdown(socket.SHUT_WR)
            self.assertNotIn(b"HTTP/1.1", connection.file.read())
        self.assertEqual(self.server.stop(), 0, self.server.errors())

    def test_a_log_that_nobody_reads_stops_nothing(self):
        for reader_goes in (True, False):
            reading, writing = os.pipe()
            self.server.start("--access-log", "-", errors=writing)
            os.close(writing)
            if reader_goes:
                os.close(reading)
            with self.server.connect() as connection:
                for _ in range(20 if reader_goes else 1500):
                    self.assertEqual(connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)
                time.sleep(0.6)  # until the log was written, or not
                self.assertEqual(connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)
            self.assertEqual(self.server.stop(), 0)
            if not reader_goes:
                os.close(reading)

    def test_a_log_that_became_a_pipe_is_told_and_the_old_one_goes_on(self):
        self.server.start()
        self.server.ask("GET", "/health", {"X-Correlation-Id": "before"})
        (self.server.folder / "access.log").rename(self.server.folder / "old.log")
        os.mkfifo(self.server.folder / "access.log")
        self.server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + ANSWER_S
        while "can't open the access log anew" not in self.server.errors() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.server.ask("GET", "/health", {"X-Correlation-Id": "after"}).status, 200)
        self.assertEqual(self.server.stop(), 0, self.server.errors())
        self.assertIn('"after"', (self.server.folder / "old.log").read_text(encoding="utf-8"))

    def test_a_stop_under_load_breaks_no_answer(self):
        bearer = self.server.bearer("alice")
        self.server.start()
        broken, whole = [], []

        def load():
            while True:
                try:
                    answer = self.server.ask("GET", THUMBNAIL, bearer)
                except (ConnectionRefusedError, ConnectionResetError):
                    return  # the listener is closed
                except Exception as error:  # pylint: disable=broad-except
                    if "closed connection without response" not in str(error):
                        broken.append(error)
                    return
                whole.append(len(answer.body) == int(answer.headers["Content-Length"]))

        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        while len(whole) < 50:
            time.sleep(0.01)
        code = self.server.stop()
        for thread in threads:
            thread.join(ANSWER_S)
        self.assertEqual((code, broken, all(whole)), (0, [], True), self.server.errors())

    def test_a_stop_waits_for_an_upload_and_not_for_the_idle(self):
        bob = self.server.bearer("bob")["Authorization"]
        self.server.start()
        picture = png(80, 50)
        with self.server.connect() as idle, self.server.connect() as upload:
            self.assertEqual(idle.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)
            upload.send(f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nAuthorization: {bob}\r\n"
                        f"Expect: 100-continue\r\nContent-Length: {len(picture)}\r\n\r\n")
            self.assertEqual(upload.file.read(25), b"HTTP/1.1 100 Continue\r\n\r\n")
            self.server.process.send_signal(signal.SIGTERM)
            self.assertTrue(idle.is_closed())
            answer = upload.send(picture).answer()
            self.assertEqual((answer.status, answer.headers["Connection"]), (201, "close"))
        self.assertEqual(self.server.wait(), 0, self.server.errors())

    def test_a_permission_withdrawn_while_the_body_is_under_way_is_what_the_log_tells(self):
        bob = self.server.bearer("bob")["Authorization"]
        self.server.start()
        picture = png(80, 50)
        with self.server.connect() as upload:
            upload.send(f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nX-Correlation-Id: late\r\n"
                        f"Authorization: {bob}\r\nExpect: 100-continue\r\nContent-Length: {len(picture)}\r\n\r\n")
            self.assertEqual(upload.file.read(25), b"HTTP/1.1 100 Continue\r\n\r\n")
            (self.server.folder / "nothing.json").write_text("{}", encoding="utf-8")
            self.server.locket("access", "load", "nothing.json")
            self.assertEqual(upload.send(picture).answer().status, 404)
        line = self.server.logged("late")
        self.assertEqual((line["status"], line["user"], line["rule"]), (404, "bob", "itwin_unknown"))
        self.assertEqual(self.server.stop(), 0, self.server.errors())

    def test_uploads_under_way_leave_the_others_what_room_is_left(self):
        bob = self.server.bearer("bob")
        picture = png(80, 50) + bytes(20000)
        for limit in ("upload_bytes_in_flight_max=100000", "uploads_in_flight_max=1"):
            self.server.start("--limit", limit)
            with self.server.connect() as first:
                first.send(f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 90000\r\n"
                           f"Authorization: {bob['Authorization']}\r\nExpect: 100-continue\r\n\r\n")
                self.assertEqual(first.file.read(25), b"HTTP/1.1 100 Continue\r\n\r\n")  # it has its room
                answer = self.server.ask("PUT", THUMBNAIL, bob | {"Content-Type": "image/png"}, picture)
                self.assertEqual((answer.status, answer.code, answer.headers["Retry-After"]), (503, "ServiceUnavailable", "1"), limit)
                first.socket.shutdown(socket.SHUT_RDWR)
            end, status = time.monotonic() + ANSWER_S, 503
            while status == 503 and time.monotonic() < end:  # until the server has seen that the first one is gone
                status = self.server.ask("PUT", THUMBNAIL, bob | {"Content-Type": "image/png"}, picture).status
            self.assertEqual(status, 201, limit)
            self.assertEqual(self.server.stop(), 0, self.server.errors())

    def test_a_stop_does_not_wait_for_ever(self):
        bob = self.server.bearer("bob")["Authorization"]
        self.server.start("--limit", "stop_ms_max=300", "--limit", "tick_ms=50")
        with self.server.connect() as upload:
            upload.send(f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nAuthorization: {bob}\r\n"
                        "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n")
            self.assertEqual(upload.file.read(25), b"HTTP/1.1 100 Continue\r\n\r\n")
            self.assertEqual(self.server.stop(signal.SIGINT), 0, self.server.errors())

    def test_fetches_go_on_while_pictures_are_rendered(self):
        headers = self.server.bearer("bob")
        self.server.start("--threads", "1", "--limit", "renders_at_once_max=1")
        picture = png(2500, 1600)
        uploads = [self.server.connect() for _ in range(4)]
        for upload in uploads:
            upload.send(f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {len(picture)}\r\n"
                        f"Authorization: {headers['Authorization']}\r\n\r\n").send(picture)
        fetched = 0
        while not all(select.select([upload.socket], [], [], 0)[0] for upload in uploads):
            self.assertEqual(self.server.ask("GET", THUMBNAIL, headers).status, 200)
            fetched += 1
        self.assertGreater(fetched, 0)
        self.assertEqual([upload.answer().status for upload in uploads], [201] * 4)
        for upload in uploads:
            upload.socket.close()
        self.assertEqual(self.server.stop(), 0, self.server.errors())


if __name__ == "__main__":
    tap.run_module()

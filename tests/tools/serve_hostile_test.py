#!/usr/bin/env python3
"""`locket serve` against clients that do everything wrong: exact answers, and nothing left behind."""
import random
import select
import socket
import struct
import time

from program import IMODEL, png  # first: it finds the next one
import tap
from serve_test import THUMBNAIL, golden
from server import ANSWER_S, HIDDEN, TRANSPORT_PROBLEMS, ServerCase, documented_problem

TRANSPORT = {"ResourceNotFound", "MethodNotAllowed", "ServiceUnavailable", *TRANSPORT_PROBLEMS.values()}
READERS_MAX = 8  # connections by which a store is read


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
            if status in TRANSPORT_PROBLEMS:
                self.assertEqual(answer.json, documented_problem(status))
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
                    "GET /health HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n" * 102 + "A",  # not ended: memory is taken for each line
                    "GET /health HTTP/1.1\r\nHost: x\r\n" + "".join(f"A{i}: {'b' * 100}\r\n" for i in range(200))):
            with self.subTest(raw=raw[:60]):
                self.refused(raw, 431, "RequestHeadersTooLarge")

    def test_a_refused_head_has_no_body(self):
        for raw, status in (("HEAD /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400), ("HEAD /hea lth HTTP/1.1\r\n\r\n", 400),
                            ("HEAD /health HTTP/2.0\r\nHost: x\r\n\r\n", 400), ("HEAD /health HTTP/1.1\r\nHost : x\r\n\r\n", 400),
                            ("HEAD /" + "a" * 20000 + " HTTP/1.1\r\nHost: x\r\n\r\n", 431),
                            ("HEAD /health HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n" * 101 + "\r\n", 431),
                            ("\r\nHEAD /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 200-ok\r\n\r\n", 417),
                            ("HEAD /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501)):
            with self.subTest(raw=raw[:60]), self.server.connect() as connection:
                answer = connection.send(raw).answer("HEAD")
                self.assertEqual((answer.status, answer.headers["Connection"]), (status, "close"))
                self.assertGreater(int(answer.headers["Content-Length"]), 0)
                self.assertEqual(connection.file.read(), b"")

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
        before, of_store = self.server.descriptors(), self.server.store_descriptors()
        for size in ("small", "large"):
            for _ in range(100):
                connection = self.server.connect()
                connection.send(f"GET {THUMBNAIL}?size={size} HTTP/1.1\r\nHost: x\r\nAuthorization: {self.alice}\r\n\r\n" * 3)
                # A reset, in the middle of the answers.
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.file.raw.close()
                connection.socket.close()
        self.assertLessEqual(self.server.settled_descriptors(before), before)
        self.assertLessEqual(self.server.store_descriptors(), of_store + 2 * READERS_MAX)
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
             "--bytes-max", "100000", "--limit", "upload_bytes_in_flight_max=100000")

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
                self.assertEqual((answer.status, answer.json), (408, documented_problem(408)))
                self.assertTrue(connection.is_closed())
        with self.server.connect() as connection:
            self.assertEqual(connection.send("HEAD /health HT").answer("HEAD").status, 408)
            self.assertEqual(connection.file.read(), b"")

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

    def test_an_upload_as_large_as_all_room_is_taken(self):
        picture = png(80, 50)
        answer = self.server.ask("PUT", THUMBNAIL, {"Authorization": self.bob, "Content-Type": "image/png"},
                                 picture + bytes(100000 - len(picture)))
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
        # While they are closed one may find room and the next one none.
        end = time.monotonic() + ANSWER_S
        status = 0
        while status != 200 and time.monotonic() < end:
            time.sleep(0.05)
            status = self.server.ask("GET", "/health").status
        self.assertEqual(status, 200)


if __name__ == "__main__":
    tap.run_module()

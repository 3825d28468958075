#!/usr/bin/env python3
"""`locket serve` shared by many: what one caller takes leaves the others their part."""
import contextlib
import json
import select
import time

from program import IMODEL, png  # first: it finds the next one
import tap
from serve_test import THUMBNAIL
from server import ANSWER_S, ServerCase, access_document

HIDDEN_ITWIN = "88888888-8888-4888-8888-888888888888"  # on which only dave has a role


class Uploads(ServerCase):
    """Room for uploads, of which each user has a share."""

    words = ("--limit", "uploads_per_user_max=2", "--limit", "upload_bytes_per_user_max=6000000", "--limit", "tick_ms=50",
             "--limit", "body_idle_ms_max=700")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bob, cls.olivia = cls.server.bearer("bob"), cls.server.bearer("olivia")

    def begin(self, connection, bearer, line):
        """Sends a head alone and waits until its body is asked for: then it has its room."""
        connection.send(f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n{line}\r\n"
                        f"Authorization: {bearer['Authorization']}\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(connection.file.read(25), b"HTTP/1.1 100 Continue\r\n\r\n")

    def put(self, bearer, more=0):
        return self.ask("PUT", THUMBNAIL, bearer | {"Content-Type": "image/png"}, png(80, 50) + bytes(more))

    def has_no_room(self, answer):
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "1"))
        self.assertEqual(answer.code, "ServiceUnavailable")

    def gets_room_again(self):
        end, status = time.monotonic() + ANSWER_S, 503
        while status == 503 and time.monotonic() < end:  # until the server has seen that the others are gone
            status = self.put(self.bob).status
        self.assertEqual(status, 201)

    def test_no_user_takes_the_slots_of_the_others(self):
        with self.server.connect() as first, self.server.connect() as second:
            self.begin(first, self.bob, "Content-Length: 1000")
            self.begin(second, self.bob, "Content-Length: 1000")
            self.has_no_room(self.put(self.bob))
            self.assertEqual(self.put(self.olivia).status, 201)
        self.gets_room_again()

    def test_no_user_takes_the_bytes_of_the_others(self):
        with self.server.connect() as chunked:
            self.begin(chunked, self.bob, "Transfer-Encoding: chunked")  # may become as large as any
            self.has_no_room(self.put(self.bob, 800000))
            self.assertEqual(self.put(self.bob).status, 201)
            self.assertEqual(self.put(self.olivia, 800000).status, 201)
        self.gets_room_again()

    def test_a_body_that_stops_coming_is_408_long_before_its_time_is_up(self):
        for sent in (b"", b"some"):
            with self.server.connect() as connection:
                self.begin(connection, self.bob, "Content-Length: 1000")
                begun = time.monotonic()
                self.assertEqual(connection.send(sent).answer().status, 408)
                self.assertLess(time.monotonic() - begun, 30)  # of the 60 s that a whole body may take

    def test_a_body_that_comes_slowly_is_taken(self):
        picture = png(80, 50)
        with self.server.connect() as connection:
            self.begin(connection, self.bob, f"Content-Length: {len(picture)}")
            for at in range(0, len(picture), len(picture) // 8):
                time.sleep(0.15)
                connection.send(picture[at:at + len(picture) // 8])
            self.assertEqual(connection.answer().status, 201)


class Gallery(ServerCase):
    """Questions of the operator that take long."""

    words = ("--limit", "gallery_requests_max=8", "--limit", "gallery_scanned_max=1000000")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        document = access_document()
        document["imodels"] += [{"id": f"66666666-6666-4666-8666-{number:012}", "itwin_id": HIDDEN_ITWIN} for number in range(20000)]
        (cls.server.folder / "many.json").write_text(json.dumps(document), encoding="utf-8")
        cls.server.locket("access", "load", "many.json")
        cls.alice = cls.server.bearer("alice")["Authorization"]

    def ask_for_lists(self, count):
        """Asks for a list that is looked up for long, on so many connections."""
        connections = []
        for number in range(count):
            connections.append(self.server.connect())
            self.addCleanup(connections[-1].socket.close)
            connections[-1].send(f"GET /gallery/imodels HTTP/1.1\r\nHost: localhost\r\nAuthorization: {self.alice}\r\n"
                                 f"X-Correlation-Id: list-{number}\r\n\r\n")
        return connections

    def test_health_and_metrics_do_not_wait_for_the_gallery(self):
        lists = self.ask_for_lists(8)
        for path in ("/health", "/metrics"):
            self.assertEqual(self.ask("GET", path).status, 200)
        answered = select.select([connection.socket for connection in lists], [], [], 0)[0]
        self.assertLess(len(answered), 8)
        self.assertEqual([connection.answer().status for connection in lists], [200] * 8)

    def test_gallery_requests_beyond_their_limit_are_503(self):
        answers = [connection.answer() for connection in self.ask_for_lists(20)]
        refused = [answer for answer in answers if answer.status == 503]
        self.assertEqual({answer.status for answer in answers}, {200, 503})
        self.assertGreaterEqual(len(answers) - len(refused), 8)
        self.assertEqual({(answer.code, answer.headers["Retry-After"]) for answer in refused}, {("ServiceUnavailable", "1")})


class Connections(ServerCase):
    """Room for connections."""

    words = ("--threads", "1", "--limit", "connections_max=20", "--limit", "tick_ms=50", "--limit", "head_ms_max=600000",
             "--limit", "idle_ms_max=600000")

    def test_newcomers_get_the_room_of_the_longest_idle(self):
        with contextlib.ExitStack() as opened:
            silent = [opened.enter_context(self.server.connect()) for _ in range(10)]
            time.sleep(0.5)
            asked = [opened.enter_context(self.server.connect()) for _ in range(10)]
            for connection in asked:
                self.assertEqual(connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)
            end, statuses = time.monotonic() + 10, []
            while 200 not in statuses and time.monotonic() < end:
                statuses.append(self.ask("GET", "/health").status)
                time.sleep(0.02)
            self.assertEqual((statuses[0], statuses[-1]), (503, 200))
            self.assertTrue(silent[0].is_closed())
            self.assertLess(len(statuses), 10)
            for connection in asked:
                self.assertEqual(connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)


class Silence(ServerCase):
    """Connections on which nothing is asked."""

    words = ("--limit", "tick_ms=50", "--limit", "head_ms_max=700", "--limit", "idle_ms_max=600000")

    def test_the_first_request_has_the_time_of_a_head(self):
        with self.server.connect() as silent, self.server.connect() as asked:
            silent.socket.settimeout(20)
            self.assertEqual(asked.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)
            self.assertTrue(silent.is_closed())
            time.sleep(1)
            self.assertEqual(asked.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 200)


if __name__ == "__main__":
    tap.run_module()

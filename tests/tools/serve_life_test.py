#!/usr/bin/env python3
"""`locket serve` from its start to its end: threads, certificates, logs, reloads, and stops while it is at work."""
import os
import pty
import resource
import select
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

from program import IMODEL, PROGRAM, ProgramCase, png  # first: it finds the next one
import tap
from serve_test import THUMBNAIL
from server import ANSWER_S, STORE_FILES, Server


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
        for renders in (2, 5, 8):  # of six threads: too few are left for those that answer, or for those that render
            try:
                told = subprocess.run([PROGRAM, "serve", "--keys", "keys/jwks.json", "--listen", "127.0.0.1:0", "--threads", "8",
                                       "--store", f"store-{renders}", "--limit", f"renders_at_once_max={renders}"],
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
                            (("--limit", "header_bytes_max=1023"), "1024 to"), (("--limit", "upload_bytes_in_flight_max=5242879"), "5242880"),
                            (("--bytes-max", "67108865"), "upload_bytes_in_flight_max is 67108864"),
                            (("--allow-origin", "app.example"), "scheme://host"),
                            (("--allow-origin", "*", "https://app.example/"), "scheme://host"),
                            (("--certificate", "x.pem"), "go together"), (("--access", "missing.json"), "missing.json"),
                            (("--certificate", "keys/jwks.json", "--private-key", "keys/private.pem"), "certificate")):
            with self.subTest(words=words):
                with self.assertRaises(AssertionError):
                    self.server.start(*words)
                self.assertEqual(self.server.wait(), 2)
                self.assertIn(told, self.server.errors())

    def test_an_option_that_is_given_and_empty_switches_nothing_off(self):
        for words in (("--issuer", ""), ("--audience", ""), ("--access", ""), ("--certificate", "", "--private-key", ""),
                      ("--private-key", "", "--certificate", "x.pem")):
            with self.subTest(words=words):
                with self.assertRaises(AssertionError):
                    self.server.start(*words)
                self.assertEqual(self.server.wait(), 2)
                self.assertIn(f"{words[0]}: must not be empty", self.server.errors())
                (self.server.folder / "errors.txt").unlink()

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

    def test_a_refusal_over_tls_ends_with_a_notice(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=x", "-keyout", "tls.key", "-out", "tls.pem"], cwd=self.server.folder, check=True, capture_output=True)
        self.server.start("--certificate", "tls.pem", "--private-key", "tls.key", "--limit", "linger_ms_max=30000")
        context = ssl._create_unverified_context()
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        bob = self.server.bearer("bob")["Authorization"]
        for more in (b"", b"of the body" * 5000):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=ANSWER_S) as plain, \
                    context.wrap_socket(plain, suppress_ragged_eofs=False) as secure:
                secure.sendall(f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 5242881\r\n"
                               f"Authorization: {bob}\r\n\r\n".encode())
                secure.sendall(more)
                begun, told = time.monotonic(), b""
                while piece := secure.recv(65536):
                    told += piece
                self.assertTrue(told.startswith(b"HTTP/1.1 413 "), told)
                self.assertLess(time.monotonic() - begun, 20)
                secure.unwrap()
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

    def test_a_terminal_that_nobody_reads_stops_nothing(self):
        ours, theirs = pty.openpty()
        self.server.start("--access-log", "-", "--limit", "tick_ms=20", errors=theirs)
        with self.server.connect() as connection:
            for number in range(1000):
                self.assertEqual(connection.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").answer().status, 404)
                if number % 20 == 0:
                    time.sleep(0.03)  # in small pieces, so that a little room is left at the end
        self.assertEqual(self.server.stop(), 0)
        os.close(ours)
        os.close(theirs)

    def test_what_goes_wrong_is_told_to_nobody_where_nobody_reads(self):
        bearer = self.server.bearer("alice")
        self.server.locket("export", "pictures")
        store = self.server.folder / "thumbnails.locket"
        data = bytearray(store.read_bytes())
        data[data.find((self.server.folder / "pictures" / f"{IMODEL}.large.png").read_bytes()[40:80]) + 5] ^= 1
        store.write_bytes(data)
        reading, writing = os.pipe()
        self.server.start("--access-log", "off", "--threads", "1", errors=writing)
        os.close(writing)
        for _ in range(600):
            self.assertEqual(self.server.ask("GET", THUMBNAIL + "?size=large", bearer).status, 500)
        self.assertEqual(self.server.stop(), 0)
        os.close(reading)

    def test_a_reader_who_reads_gets_every_line(self):
        with open(self.server.folder / "lines.txt", "wb") as lines, \
                subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=lines) as cat:
            self.server.start("--access-log", "-", errors=cat.stdin)
            cat.stdin.close()
            with self.server.connect() as connection:
                for _ in range(40):
                    connection.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
                    for _ in range(100):
                        self.assertEqual(connection.answer().status, 404)
            self.assertEqual(self.server.stop(), 0)
        self.assertEqual((self.server.folder / "lines.txt").read_bytes().count(b'"route":"unknown"'), 4000)

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

    def test_health_is_503_where_the_store_can_not_be_read(self):
        self.server.start()
        self.server.locket("import", f"{IMODEL}.png", "--force")  # what the server has read is stale from now on
        head_bytes = 100  # of the file and of its log, which stay
        for ending in STORE_FILES:
            path = self.server.folder / f"thumbnails{ending}"
            with open(path, "r+b") as file:
                file.seek(head_bytes)
                file.write(b"\xff" * max(0, path.stat().st_size - head_bytes))
        answer = self.server.ask("GET", "/health")
        self.assertEqual((answer.status, answer.json), (503, {"status": "unavailable"}))

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
            self.server.start("--bytes-max", "100000", "--limit", limit)
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

#!/usr/bin/env python3
"""`locket serve`: both operations and all that stands around them, as a well-behaved client sees them."""
import json
import pathlib
import struct
import threading
import time
import unittest

import program
import server
import tap
from program import IMODEL, OTHER, SOURCE, png
from server import EMPTY, HIDDEN, Server, ServerCase

THUMBNAIL = f"/imodels/{IMODEL}/thumbnail"
ALLOWED = 'locket_access_decisions_total{rule="itwin_permission",allowed="true"}'
GOLDEN = SOURCE / "tests" / "golden" / "problems"


def golden(name):
    """The status, headers and body of one of the engine's exact answers."""
    head, body = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").split("\n\n", 1)
    status, *lines = head.splitlines()
    return int(status), dict(line.split(": ", 1) for line in lines), body.rstrip("\n")


def size_of(data):
    return struct.unpack(">II", data[16:24])


class Thumbnail(ServerCase):
    """The two operations."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls.server.bearer("alice")
        cls.bob = cls.server.bearer("bob")
        cls.mallory = cls.server.bearer("mallory")

    def is_golden(self, answer, name):
        status, headers, body = golden(name)
        self.assertEqual((answer.status, answer.body.decode()), (status, body))
        for key, value in headers.items():
            self.assertEqual(answer.headers[key], value)

    def test_both_sizes_come_as_pngs(self):
        for query, size in (("", (400, 250)), ("?size=small", (400, 250)), ("?size=large", (800, 500))):
            with self.subTest(query=query):
                answer = self.ask("GET", THUMBNAIL + query, self.alice)
                self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "image/png"))
                self.assertEqual(size_of(answer.body), size)
                self.assertEqual(answer.headers["X-Thumbnail-Source"], "uploaded")
                self.assertEqual(answer.headers["Cache-Control"], "private, no-cache")

    def test_head_tells_what_get_would_send(self):
        got = self.ask("GET", THUMBNAIL, self.alice)
        told = self.ask("HEAD", THUMBNAIL, self.alice)
        self.assertEqual((told.status, told.body), (200, b""))
        for name in ("Content-Length", "ETag", "Content-Type"):
            self.assertEqual(told.headers[name], got.headers[name])
        refused = self.ask("HEAD", f"/imodels/{OTHER}/thumbnail", self.alice)
        self.assertEqual((refused.status, refused.body), (404, b""))

    def test_a_known_etag_gives_304_without_a_body(self):
        etag = self.ask("GET", THUMBNAIL, self.alice).headers["ETag"]
        answer = self.ask("GET", THUMBNAIL, self.alice | {"If-None-Match": etag})
        self.assertEqual((answer.status, answer.body, answer.headers["ETag"]), (304, b"", etag))

    def test_an_upload_replaces_both_sizes(self):
        for colour in ((181, 230, 29), (0, 162, 231)):
            with self.subTest(colour=colour):
                before = self.ask("GET", THUMBNAIL, self.alice).headers["ETag"]
                answer = self.ask("PUT", THUMBNAIL, self.bob | {"Content-Type": "image/png"}, png(500, 500, colour))
                self.assertEqual((answer.status, answer.body), (201, b""))
                self.assertNotEqual(self.ask("GET", THUMBNAIL, self.alice).headers["ETag"], before)

    def test_refusals_are_the_engines_own_answers(self):
        put = {"Content-Type": "image/png"}
        picture = png(8, 5)
        for name, method, path, headers, body in (
                ("authorization_missing", "GET", THUMBNAIL, {}, None),
                ("token_rejected", "GET", THUMBNAIL, {"Authorization": "Bearer a.b.c"}, None),
                ("size_invalid", "GET", THUMBNAIL + "?size=invalidSize", self.alice, None),
                ("imodel_not_found", "GET", f"/imodels/{OTHER}/thumbnail", self.alice, None),
                ("imodel_not_found", "GET", f"/imodels/{HIDDEN}/thumbnail", self.alice, None),
                ("imodel_not_found", "GET", "/imodels/nonsense/thumbnail", self.alice, None),
                ("imodel_not_found", "GET", THUMBNAIL, self.mallory, None),
                ("method_not_allowed", "DELETE", THUMBNAIL, self.alice, None),
                ("authorization_missing", "PUT", THUMBNAIL, put, picture),
                ("permission_insufficient", "PUT", THUMBNAIL, self.alice | put, picture),
                ("imodel_not_found", "PUT", THUMBNAIL, self.mallory | put, picture),
                ("content_type_missing", "PUT", THUMBNAIL, self.bob, picture),
                ("content_type_unsupported", "PUT", THUMBNAIL, self.bob | {"Content-Type": "image/gif"}, picture),
                ("picture_format_unknown", "PUT", THUMBNAIL, self.bob | put, b"no picture"),
                ("picture_empty", "PUT", THUMBNAIL, self.bob | put, b""),
                ("precondition_failed", "PUT", THUMBNAIL, self.bob | put | {"If-Match": '"0"'}, picture),
                ("body_too_large", "PUT", THUMBNAIL, self.bob | put, bytes(5242881))):
            with self.subTest(name=name, method=method):
                self.is_golden(self.ask(method, path, headers, body), name)

    def test_a_client_over_its_limit_waits(self):
        narrow = self.server.bearer("alice", "narrow")
        statuses = [self.ask("GET", THUMBNAIL, narrow).status for _ in range(2)]
        refused = self.ask("GET", THUMBNAIL, narrow)
        self.assertEqual((statuses, refused.status), ([200, 200], 429))
        self.assertEqual(refused.code, "RateLimitExceeded")
        self.assertGreater(int(refused.headers["Retry-After"]), 1000)
        self.assertEqual(refused.headers["ITwinPlatform-RateLimited-Tier"], "narrow")
        self.assertEqual(refused.headers["ITwinPlatform-RateLimited-Application"], "narrow")

    def test_keep_alive_and_pipelining_answer_in_order(self):
        token = self.alice["Authorization"]
        line = f"GET {THUMBNAIL}{{}} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nX-Correlation-Id: {{}}\r\n\r\n"
        with self.server.connect() as connection:
            connection.send("".join(line.format(f"?size={size}", i) for i, size in enumerate(["small", "large"] * 20)))
            for i in range(40):
                answer = connection.answer()
                self.assertEqual((answer.status, answer.headers["X-Correlation-Id"]), (200, str(i)))
                self.assertEqual(size_of(answer.body), (800, 500) if i % 2 else (400, 250))

    def test_http_1_0_closes_unless_asked(self):
        with self.server.connect() as connection:
            connection.send("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            self.assertEqual(connection.answer().headers["Connection"], "keep-alive")
            connection.send("GET /health HTTP/1.0\r\n\r\n")
            self.assertEqual(connection.answer().headers["Connection"], "close")
            self.assertTrue(connection.is_closed())

    def test_the_body_is_asked_for_only_when_it_is_wanted(self):
        picture = png(80, 50)
        head = (f"PUT {THUMBNAIL} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {len(picture)}\r\n"
                "Expect: 100-continue\r\nAuthorization: ")
        with self.server.connect() as connection:
            connection.send(head + self.bob["Authorization"] + "\r\n\r\n")
            self.assertEqual(connection.file.read(25), b"HTTP/1.1 100 Continue\r\n\r\n")
            self.assertEqual(connection.send(picture).answer().status, 201)
        with self.server.connect() as connection:
            self.assertEqual(connection.send(head + self.alice["Authorization"] + "\r\n\r\n").answer().status, 403)

    def test_http_1_0_knows_no_expectation(self):
        picture = png(80, 50)
        for expected in ("100-continue", "nonsense"):
            with self.server.connect() as connection:
                connection.send(f"PUT {THUMBNAIL} HTTP/1.0\r\nContent-Type: image/png\r\nContent-Length: {len(picture)}\r\n"
                                f"Expect: {expected}\r\nAuthorization: {self.bob['Authorization']}\r\n\r\n")
                time.sleep(0.2)
                connection.send(picture)
                self.assertEqual(connection.file.read(12), b"HTTP/1.1 201", expected)

    def test_uploads_at_once_under_a_condition_that_all_meet_are_all_stored(self):
        self.ask("PUT", THUMBNAIL, self.bob | {"Content-Type": "image/png"}, png(80, 50))
        for condition in ({"If-None-Match": '"of another picture"'}, {"If-Match": "*"}):
            told = []

            def upload(number, condition=condition, told=told):
                headers = self.bob | {"Content-Type": "image/png"} | condition
                told.append(self.ask("PUT", THUMBNAIL, headers, png(80, 50, (number, 2, 3))).status)

            threads = [threading.Thread(target=upload, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(told, [201] * 4, condition)

    def test_a_chunked_upload_is_stored(self):
        picture = png(80, 50, (1, 2, 3))
        chunks = [picture[at:at + 7] for at in range(0, len(picture), 7)]
        answer = self.ask("PUT", THUMBNAIL, self.bob | {"Content-Type": "image/png"}, iter(chunks))
        self.assertEqual(answer.status, 201)

    def test_a_chunked_body_over_the_limit_is_413_before_what_the_id_tells(self):
        chunks = [bytes(1048576)] * 6
        for path, who in ((THUMBNAIL, self.bob), (THUMBNAIL, self.alice), (f"/imodels/{OTHER}/thumbnail", self.bob)):
            with self.subTest(path=path):
                answer = self.ask("PUT", path, who | {"Content-Type": "image/png"}, iter(chunks))
                self.assertEqual((answer.status, answer.code), (413, "RequestTooLarge"))
        small = self.ask("PUT", THUMBNAIL, self.alice | {"Content-Type": "image/png"}, iter([b"few"]))
        self.assertEqual((small.status, small.code), (403, "InsufficientPermissions"))

    def test_the_byte_limit_itself_is_accepted(self):
        picture = png(80, 50)
        body = picture + bytes(5242880 - len(picture))
        self.assertEqual(self.ask("PUT", THUMBNAIL, self.bob | {"Content-Type": "image/png"}, body).status, 201)

    def test_a_correlation_id_comes_back_or_is_made(self):
        self.assertEqual(self.ask("GET", "/health", {"X-Correlation-Id": "a-1_b.c:d"}).headers["X-Correlation-Id"],
                         "a-1_b.c:d")
        for wrong in ("", "a b", "x" * 65, "<script>", "\u00e9"):
            with self.subTest(wrong=wrong):
                made = self.ask("GET", "/health", {"X-Correlation-Id": wrong}).headers["X-Correlation-Id"]
                self.assertRegex(made, "^[0-9a-f]{32}$")

    def test_the_log_tells_each_request_and_no_secret(self):
        token = self.server.token("bob")
        identifier = "log-1"
        self.ask("GET", f"{THUMBNAIL}?size=large&access_token={token}", {"Authorization": f"Bearer {token}",
                                                                        "X-Correlation-Id": identifier})
        line = self.server.logged(identifier)
        self.assertEqual((line["status"], line["route"], line["imodel_id"], line["user"], line["client"]),
                         (200, "thumbnail", IMODEL, "bob", "example"))
        self.assertEqual(line["rule"], "itwin_permission")
        # Who is refused before any decision is named as far as is known.
        for query, token_of, known in (("size=huge", "bob", "example"), ("", "", None)):
            headers = {"X-Correlation-Id": f"log-2{token_of}"}
            self.ask("GET", f"{THUMBNAIL}?{query}", headers | (self.server.bearer(token_of) if token_of else {}))
            line = self.server.logged(headers["X-Correlation-Id"])
            self.assertEqual((line.get("client"), line.get("user"), line.get("rule")), (known, None, None))
        text = json.dumps(self.server.log_lines()) + self.server.errors()
        for secret in (token, token.split(".")[2], "access_token"):
            self.assertNotIn(secret, text)

    def test_the_log_tells_why_a_request_was_refused(self):
        bob = self.server.bearer("bob")
        for name, method, headers, body, status, code, why in (
                ("stranger", "GET", {"Authorization": "Bearer a.b.c"}, None, 401, "token_rejected", "token"),
                ("nobody", "GET", {}, None, 401, "authorization_missing", None),
                ("hidden", "GET", self.server.bearer("mallory"), None, 404, "imodel_not_found", None),
                ("damaged", "PUT", bob | {"Content-Type": "image/png"}, png(30, 30)[:60], 422, "picture_", "")):
            with self.subTest(name=name):
                headers = headers | {"X-Correlation-Id": f"why-{name}"}
                self.assertEqual(self.ask(method, THUMBNAIL, headers, body).status, status)
                line = self.server.logged(f"why-{name}")
                self.assertTrue(line["code"].startswith(code), line)
                if why is None:
                    self.assertNotIn("why", line)
                else:
                    self.assertIn(why, line["why"])
                    self.assertNotIn("a.b.c", line["why"])
        self.ask("GET", THUMBNAIL, bob | {"X-Correlation-Id": "why-not"})
        self.assertNotIn("code", self.server.logged("why-not"))

    def test_no_control_character_of_a_name_gets_into_the_log(self):
        user = "x\u0080\u009b31m\u009f\u00a0\u00e9"
        self.ask("GET", THUMBNAIL, self.server.bearer(user) | {"X-Correlation-Id": "controls"})
        self.assertEqual(self.server.logged("controls")["user"], user)
        log = (self.server.folder / "access.log").read_bytes()
        self.assertIn("x\\u0080\\u009b31m\\u009f\u00a0\u00e9".encode(), log)


class Around(ServerCase):
    """Health, metrics, the OpenAPI document, the page and the gallery."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls.server.bearer("alice")
        cls.bob = cls.server.bearer("bob")

    def test_health_is_200_while_the_store_answers(self):
        self.assertEqual((self.ask("GET", "/health").status, self.ask("GET", "/health").json), (200, {"status": "ok"}))

    def metrics(self):
        lines = self.ask("GET", "/metrics").body.decode().splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    def test_metrics_count_what_was_answered(self):
        before = self.metrics()
        for _ in range(3):
            self.ask("GET", THUMBNAIL, self.alice)
        self.ask("GET", THUMBNAIL)
        after = self.metrics()

        def grown(name):
            return int(after.get(name, 0)) - int(before.get(name, 0))

        self.assertEqual(grown('locket_http_requests_total{method="GET",status="401"}'), 1)
        self.assertGreaterEqual(grown('locket_http_requests_total{method="GET",status="200"}'), 3)
        self.assertEqual(grown(ALLOWED), 3)
        self.assertGreaterEqual(grown("locket_http_request_duration_seconds_count"), 4)
        self.assertEqual(after['locket_http_request_duration_seconds_bucket{le="+Inf"}'],
                         after["locket_http_request_duration_seconds_count"])
        self.assertEqual((after["locket_store_thumbnails"], after["locket_store_up"]), ("1", "1"))
        for of in ("pictures", "imodels"):
            self.assertGreaterEqual(grown(f'locket_hot_hits_total{{of="{of}"}}'), 2)
            self.assertGreater(int(after[f'locket_hot_bytes{{of="{of}"}}']), 0)

    def test_metrics_count_the_bytes_of_bodies_without_what_frames_them(self):
        picture, name = png(80, 50), "locket_http_upload_bytes_total"
        chunks = [picture[at:at + 3] for at in range(0, len(picture), 3)]
        for bearer, body, status in ((self.bob, picture, 201), (self.bob, iter(chunks), 201), (self.alice, iter(chunks), 403)):
            before = int(self.metrics()[name])
            self.assertEqual(self.ask("PUT", THUMBNAIL, bearer | {"Content-Type": "image/png"}, body).status, status)
            self.assertEqual(int(self.metrics()[name]) - before, len(picture))

    def test_metrics_count_decisions_wherever_they_are_made(self):
        before = int(self.metrics()[ALLOWED]) if ALLOWED in self.metrics() else 0
        self.assertEqual(self.ask("PUT", THUMBNAIL, self.bob | {"Content-Type": "image/png"}, png(80, 50)).status, 201)
        self.assertEqual(int(self.metrics()[ALLOWED]) - before, 4, "to view and to manage, before the body and after it")

    def test_the_log_tells_who_asked_the_gallery(self):
        for path, bearer, known in (("/gallery/imodels", self.alice, ("alice", "example")),
                                    (f"/gallery/imodels/{IMODEL}", self.alice, ("alice", "example")),
                                    ("/gallery/imodels", self.server.bearer("alice", "narrow"), ("alice", "narrow")),
                                    ("/gallery/imodels", {}, (None, None)), ("/health", self.alice, (None, None))):
            identifier = f"gallery-{path.count('/')}{known[1]}{path[1]}"
            self.ask("GET", path, bearer | {"X-Correlation-Id": identifier})
            line = self.server.logged(identifier)
            self.assertEqual((line.get("user"), line.get("client")), known, path)

    def test_a_file_of_ours_is_304_only_where_its_etag_is_named(self):
        etag = self.ask("GET", "/openapi.json").headers["ETag"]
        for lines, status in (((etag,), 304), ((f"W/{etag}",), 304), (("*",), 304), ((" * ",), 304), ((f'"a", {etag} ,"b"',), 304),
                              (('"a"', etag), 304), (("", etag), 304), ((), 200), (('"a"',), 200), ((f'"a{etag}b"',), 200),
                              ((etag.strip('"'),), 200), ((f"w/{etag}",), 200), ((f"{etag}x",), 200), (('"*"',), 200), ((",",), 200)):
            with self.subTest(lines=lines), self.server.connect() as connection:
                known = "".join(f"If-None-Match: {line}\r\n" for line in lines)
                answer = connection.send(f"GET /openapi.json HTTP/1.1\r\nHost: x\r\n{known}\r\n").answer()
                self.assertEqual((answer.status, answer.headers["ETag"]), (status, etag))

    def test_metrics_follow_the_text_format(self):
        answer = self.ask("GET", "/metrics")
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4")
        typed = set()
        for line in answer.body.decode().splitlines():
            if line.startswith("# TYPE "):
                name = line.split()[2]
                self.assertNotIn(name, typed)
                typed.add(name)
            elif not line.startswith("#"):
                self.assertRegex(line, r'^[a-z_]+(\{([a-z]+="[^"\\]*",?)+\})? [0-9.]+$')
                base = line.split("{")[0].split(" ")[0]
                self.assertTrue(base in typed or base.rsplit("_", 1)[0] in typed, line)

    def test_the_page_stands_under_a_strict_policy(self):
        answer = self.ask("GET", "/")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        policy = answer.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        again = self.ask("GET", "/", {"If-None-Match": answer.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))

    def test_the_gallery_lists_what_the_token_may_see(self):
        self.assertEqual(self.ask("GET", "/gallery/imodels").code, "HeaderNotFound")
        seen = self.ask("GET", "/gallery/imodels", self.alice).json
        self.assertEqual([entry["id"] for entry in seen["imodels"]], [IMODEL, EMPTY])
        self.assertEqual((seen["imodels"][1]["uploaded"], seen["imodels"][1]["visible"]), (False, True))
        self.assertEqual(seen["imodels"][0] | {"itwin_id": None},
                         {"id": IMODEL, "itwin_id": None, "uploaded": True, "visible": True, "manage": False})
        self.assertIsNone(seen["next"])
        self.assertEqual(self.ask("GET", "/gallery/imodels", self.server.bearer("mallory")).json["imodels"], [])

    def test_the_gallery_tells_why_one_is_hidden(self):
        listed = self.ask("GET", "/gallery/imodels?hidden=include", self.alice).json["imodels"]
        hidden = next(entry for entry in listed if entry["id"] == HIDDEN)
        self.assertFalse(hidden["visible"])
        self.assertIn("no role", hidden["why"])
        one = self.ask("GET", f"/gallery/imodels/{HIDDEN}", self.alice).json
        self.assertEqual((one["known"], one["visible"], one["view_why"]), (True, False, hidden["why"]))
        unknown = self.ask("GET", f"/gallery/imodels/{OTHER}", self.alice).json
        self.assertEqual((unknown["known"], unknown["visible"]), (False, False))

    def test_a_wrong_value_in_the_gallerys_query_is_422_and_names_the_parameter(self):
        for query, name in (("after=nonsense", "after"), ("after=", "after"), (f"hidden=include&after={IMODEL}x", "after"),
                            (f"after={IMODEL}&after={IMODEL}", "after"), ("hidden=nonsense", "hidden"), ("hidden=", "hidden"),
                            ("hidden=include&hidden=include", "hidden"), ("hidden=x&after=nonsense", "after")):
            answer = self.ask("GET", f"/gallery/imodels?{query}", self.alice)
            wanted = {"after": "'after' must be the id of one iModel.", "hidden": "The only valid 'hidden' value is 'include'."}
            self.assertEqual((answer.status, answer.json), (422, {"error": {
                "code": "InvalidiModelsRequest", "message": "Cannot get iModels.",
                "details": [{"code": "InvalidValue", "message": wanted[name], "target": name}]}}), query)
        self.assertEqual(self.ask("GET", "/gallery/imodels?after=nonsense").code, "HeaderNotFound")
        for query in ("", "?", f"?after={OTHER}&other=x", f"?hidden=include&after={OTHER.upper()}", "?hiddenly=x&afterwards=y"):
            self.assertEqual(self.ask("GET", f"/gallery/imodels{query}", self.alice).status, 200, query)

    def test_the_operators_routes_are_for_those_who_name_this_machine(self):
        for host in ("localhost", "127.0.0.1:80", "[::1]:9", f"localhost:{self.server.port}"):
            self.assertEqual(self.ask("GET", "/metrics", {"Host": host}).status, 200, host)
        for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]", ""):
            for path in ("/metrics", "/", "/gallery/imodels"):
                self.assertEqual(self.ask("GET", path, self.alice | {"Host": host}).status, 404, host)
        self.assertEqual(self.ask("GET", "/health", {"Host": "evil.example"}).status, 200)

    def test_an_authority_in_the_target_stands_for_the_host(self):
        for target, host, status in (("http://localhost/metrics", "evil.example", 200), ("HTTP://LocalHost:8080/metrics", "x", 200),
                                     ("hTTps://127.0.0.1/metrics", "x", 200), ("/metrics", "LOCALHOST", 200),
                                     ("http://evil.example/metrics", "localhost", 404), ("HTTP://evil.example/metrics", "localhost", 404),
                                     ("http://localhost@evil.example/metrics", "localhost", 404), ("http:///metrics", "localhost", 404),
                                     ("http://localhostx/metrics", "localhost", 404), ("HTTP://evil.example/health", "x", 200)):
            with self.subTest(target=target), self.server.connect() as connection:
                answer = connection.send(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").answer()
                self.assertEqual(answer.status, status)

    def test_the_openapi_document_names_every_error_and_no_other(self):
        document = self.ask("GET", "/openapi.json").json
        self.assertEqual(document["openapi"], "3.0.3")
        operations = document["paths"]["/imodels/{id}/thumbnail"]
        told = {"get": set(), "put": set()}
        self.assertEqual(operations["head"]["responses"].keys(), operations["get"]["responses"].keys())
        for method, codes in told.items():
            for status, response in operations[method]["responses"].items():
                if int(status) in server.TRANSPORT_PROBLEMS:
                    continue
                if "$ref" in response:
                    response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
                for example in response.get("content", {}).get("application/json", {}).get("examples", {}).values():
                    codes.add((int(status), json.dumps(example["value"], separators=(",", ":"))))
        answered = set()
        for path in GOLDEN.glob("*.txt"):
            status, headers, body = golden(path.stem)
            answered.add((status, body))
            for name in headers:
                self.assertTrue(name in ("Content-Type", "Content-Length") or self.documents(document, status, name),
                                f"{status} {name}")
        # Two pictures over a limit differ from the other unusable ones only in a message of their own.
        said = {(status, body) for status, body in answered if '"innerError":{"code":"InvalidThumbnailFormat","' not in body}
        self.assertEqual(told["get"] | told["put"], said)
        both = told["get"] & told["put"]
        self.assertEqual({status for status, _ in told["get"] - both}, {422})
        self.assertEqual({status for status, _ in told["put"] - both}, {403, 412, 413, 422})

    @staticmethod
    def documents(document, status, header):
        """Whether some response of that status tells of the header."""
        for operation in document["paths"]["/imodels/{id}/thumbnail"].values():
            if not isinstance(operation, dict):
                continue
            response = operation["responses"].get(str(status), {})
            if "$ref" in response:
                response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
            if header in response.get("headers", {}):
                return True
        return False

    def test_unknown_paths_are_404_and_other_methods_405(self):
        for path in ("/nothing", "/imodels", f"/imodels/{IMODEL}", f"{THUMBNAIL}/", "/gallery", "/index.html"):
            answer = self.ask("GET", path, self.alice)
            self.assertEqual((answer.status, answer.code), (404, "ResourceNotFound"), path)
        answer = self.ask("POST", "/health")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD, OPTIONS"))


class Browsers(ServerCase):
    """Requests of pages from another origin."""

    words = ("--allow-origin", "https://app.example", "--allow-origin", "http://localhost:3000")

    def test_an_allowed_origin_gets_its_preflight(self):
        answer = self.ask("OPTIONS", THUMBNAIL, {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"})
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "https://app.example")
        self.assertIn("PUT", answer.headers["Access-Control-Allow-Methods"])
        self.assertIn("Authorization", answer.headers["Access-Control-Allow-Headers"])
        self.assertEqual(answer.headers["Vary"], "Origin")

    def test_answers_to_it_may_be_read_errors_too(self):
        for headers, status in ((self.server.bearer("alice"), 200), ({}, 401)):
            answer = self.ask("GET", THUMBNAIL, headers | {"Origin": "http://localhost:3000"})
            self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Origin"]),
                             (status, "http://localhost:3000"))
            self.assertIn("ETag", answer.headers["Access-Control-Expose-Headers"])

    def test_any_other_origin_is_told_nothing(self):
        for origin in ("https://evil.example", "https://app.example.evil.example", "null", "https://APP.example"):
            for method in ("OPTIONS", "GET"):
                answer = self.ask(method, THUMBNAIL, {"Origin": origin})
                self.assertIsNone(answer.headers["Access-Control-Allow-Origin"], origin)
                self.assertIsNone(answer.headers["Access-Control-Allow-Methods"], origin)


    def test_the_operators_routes_are_for_no_other_origin(self):
        for path in ("/metrics", "/", "/gallery/imodels"):
            for method in ("OPTIONS", "GET"):
                answer = self.ask(method, path, self.server.bearer("alice") | {"Origin": "https://app.example"})
                self.assertIsNone(answer.headers["Access-Control-Allow-Origin"], path)
                self.assertIsNone(answer.headers["Access-Control-Allow-Methods"], path)


class AnyOrigin(ServerCase):
    """Requests of pages from wherever."""

    words = ("--allow-origin", "https://app.example", "--allow-origin", "*")

    def test_a_star_stands_for_all_wherever_it_was_given(self):
        for origin in ("https://app.example", "https://other.example", "null"):
            answer = self.ask("GET", "/health", {"Origin": origin})
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*", origin)


class Closed(ServerCase):
    """Without the operator's routes."""

    words = ("--operator", "off")

    def test_only_the_operations_health_and_openapi_are_there(self):
        headers = self.server.bearer("alice")
        for path, status in (("/", 404), ("/metrics", 404), ("/gallery/imodels", 404), (f"/gallery/imodels/{IMODEL}", 404),
                             ("/health", 200), ("/openapi.json", 200), (THUMBNAIL, 200)):
            self.assertEqual(self.ask("GET", path, headers).status, status, path)


if __name__ == "__main__":
    tap.run_module()

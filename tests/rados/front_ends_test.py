#!/usr/bin/env python3
"""Two `locket serve` on one store of Ceph and one limiter of Redis: what one does, the other shows at once."""
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent),
                str(pathlib.Path(__file__).resolve().parent.parent / "tools")]
import tap
from program import IMODEL, ITWIN, PROGRAM, png

POOL = os.environ.get("LOCKET_TEST_POOL")
REDIS = os.environ.get("LOCKET_TEST_REDIS")
ROUNDS = 20
CALLS = 300  # of the narrow client, by all front-ends together
MONTH_S = 2_592_000


def access_document(viewers):
    return json.dumps({
        "organizations": [{"id": "33333333-3333-4333-8333-333333333333", "administrators": []}],
        "itwins": [{"id": ITWIN, "organization_id": "33333333-3333-4333-8333-333333333333", "owners": ["olivia"],
                    "roles": [{"id": "viewer", "permissions": ["imodels_webview"]}], "groups": [],
                    "members": [{"user": user, "roles": ["viewer"]} for user in viewers]}],
        "imodels": [{"id": IMODEL, "itwin_id": ITWIN}],
        "tiers": [{"name": "wide", "limits": [{"calls": 1000000, "seconds": 60}]},
                  {"name": "narrow", "limits": [{"calls": CALLS, "seconds": MONTH_S}]}],
        "clients": [{"id": "wide", "tier": "wide"}, {"id": client_id(), "tier": "narrow"}]})


def client_id():
    return "narrow-" + FrontEnds.name


@unittest.skipIf(POOL is None, "LOCKET_TEST_POOL names no pool: ./tools/cluster.sh test")
class FrontEnds(unittest.TestCase):
    name = uuid.uuid4().hex

    @classmethod
    def setUpClass(cls):
        cls.folder_holder = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.folder_holder.name)
        cls.environment = {key: value for key, value in os.environ.items() if not key.startswith("LOCKET_")}
        cls.environment |= {"LOCKET_STORE": f"rados:{POOL}/{cls.name}"}
        if REDIS is not None:
            cls.environment |= {"LOCKET_LIMITER": f"redis:{REDIS}"}
        cls.locket("token", "keygen", "--out", "keys", "--algorithm", "ES256")
        cls.load(["vera"])
        cls.servers = [cls.start() for _ in range(2)]

    @classmethod
    def tearDownClass(cls):
        for process, _ in cls.servers:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            process.stdout.close()
        cls.folder_holder.cleanup()

    @classmethod
    def locket(cls, *words):
        told = subprocess.run([PROGRAM, *words], cwd=cls.folder, check=False, capture_output=True, text=True,
                              env=cls.environment)
        assert told.returncode == 0, told.stderr
        return told.stdout

    @classmethod
    def load(cls, viewers):
        (cls.folder / "access.json").write_text(access_document(viewers), encoding="utf-8")
        cls.locket("access", "load", "access.json")

    @classmethod
    def start(cls):
        process = subprocess.Popen(
            [PROGRAM, "serve", "--keys", "keys/jwks.json", "--listen", "127.0.0.1:0", "--threads", "1", "--access-log",
             "off"], cwd=cls.folder, env=cls.environment, stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        assert line.startswith("listening on "), line
        return process, int(line.rsplit(":", 1)[1])

    def token(self, user, client="wide"):
        return self.locket("token", "sign", "--key", "keys/private.pem", "--sub", user, "--client-id", client).strip()

    def ask(self, server, method, token, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.servers[server][1], timeout=60)
        connection.request(method, f"/imodels/{IMODEL}/thumbnail?size=large" if method == "GET" else
                           f"/imodels/{IMODEL}/thumbnail", body=body,
                           headers={"Authorization": f"Bearer {token}"} | (headers or {}))
        response = connection.getresponse()
        answer = response.status, response.headers["ETag"], response.read()
        connection.close()
        return answer

    def test_an_upload_through_one_is_seen_by_the_other_at_once(self):
        olivia = self.token("olivia")
        last = None
        for turn in range(ROUNDS):
            picture = png(80, 50, (turn * 7 % 256, 100, 200 - turn))
            status, _, _ = self.ask(turn % 2, "PUT", olivia, picture, {"Content-Type": "image/png"})
            self.assertEqual(status, 201)
            status, etag, body = self.ask(1 - turn % 2, "GET", olivia)
            self.assertEqual(status, 200)
            self.assertNotEqual(etag, last)
            self.assertEqual(self.ask(turn % 2, "GET", olivia), (200, etag, body))
            last = etag

    def test_a_withdrawn_permission_is_gone_at_both_once_that_is_acknowledged(self):
        vera = self.token("vera")
        for _ in range(ROUNDS):
            self.load(["vera"])
            self.assertEqual([self.ask(server, "GET", vera)[0] for server in (0, 1)], [200, 200])
            self.load([])
            self.assertEqual([self.ask(server, "GET", vera)[0] for server in (0, 1)], [404, 404])

    def test_the_metrics_are_told_without_a_walk_through_the_pool(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.servers[0][1], timeout=60)
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        self.assertEqual(response.status, 200)
        self.assertIn("\nlocket_store_up 1\n", text)
        self.assertNotIn("locket_store_thumbnails", text)

    @unittest.skipIf(REDIS is None, "LOCKET_TEST_REDIS names no Redis Cluster")
    def test_both_count_a_client_together_exactly(self):
        self.load(["vera"])
        vera = self.token("vera", client_id())
        statuses = [self.ask(call % 2, "GET", vera)[0] for call in range(CALLS + 40)]
        self.assertEqual(statuses.count(200), CALLS)
        self.assertEqual(statuses.count(429), 40)


if __name__ == "__main__":
    tap.run_module()

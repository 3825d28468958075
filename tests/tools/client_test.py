#!/usr/bin/env python3
"""Bentley's own client against `locket serve`: its thumbnail tests, and every error as that client reports it."""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import unittest

import server
import tap
from program import IMODEL, OTHER, SOURCE, png
from server import EMPTY, HIDDEN, ServerCase

CLIENT = SOURCE / "tests" / "client"
FOLDER = pathlib.Path(os.environ["LOCKET_CLIENT_FOLDER"])
INSTALL_S = 240


def install():
    """Puts the client beside its script in the build folder. Result: why that can't be, or nothing."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node or npm is not installed"
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock = (CLIENT / "package-lock.json").read_bytes()
    installed = FOLDER / "node_modules" / "installed-lock.json"
    for name in ("client.mjs", "package.json", "package-lock.json", ".npmrc"):
        shutil.copy(CLIENT / name, FOLDER / name)
    if installed.is_file() and installed.read_bytes() == lock:
        return None
    try:
        told = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=FOLDER, check=False, capture_output=True, text=True,
                              timeout=INSTALL_S)
    except subprocess.TimeoutExpired:
        return "npm took too long to install the client"
    if told.returncode != 0:
        return "npm can't install the client: " + (told.stderr.strip().splitlines() or ["no reason"])[-1]
    installed.write_bytes(lock)
    return None


MISSING = install()


@unittest.skipIf(MISSING, MISSING)
class Client(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls.server.token("olivia")
        cls.viewer = cls.server.token("alice")
        folder = cls.server.folder
        (folder / "solid.png").write_bytes(png(500, 500, (181, 230, 29)))
        (folder / "large.png").write_bytes(bytes(5242881))
        (folder / "text.png").write_bytes(b"no picture")
        cls.files = {"png": folder / "solid.png", "jpeg": CLIENT / "solid.jpeg", "large": folder / "large.png",
                     "text": folder / "text.png"}

    def run_steps(self, *steps):
        asked = {"baseUrl": f"{self.server.url}/imodels",
                 "steps": [{"id": IMODEL, "token": self.owner} | step for step in steps]}
        told = subprocess.run(["node", "client.mjs"], cwd=FOLDER, check=False, capture_output=True, text=True,
                              input=json.dumps(asked), timeout=server.ANSWER_S)
        self.assertEqual(told.returncode, 0, told.stderr)
        return [json.loads(line) for line in told.stdout.splitlines()]

    def is_thumbnail(self, told, size, width, height):
        self.assertTrue(told["ok"], told)
        self.assertEqual((told["size"], told["imageType"]), (size, "image/png"))
        start = bytes.fromhex(told["start"])
        self.assertEqual((start[:8], struct.unpack(">II", start[16:24])), (b"\x89PNG\r\n\x1a\n", (width, height)))

    def upload(self, kind, **more):
        return {"operation": "upload", "type": "image/jpeg" if kind == "jpeg" else "image/png",
                "file": str(self.files[kind])} | more

    def test_should_download_a_small_thumbnail(self):
        [told] = self.run_steps({"operation": "download"})
        self.is_thumbnail(told, "small", 400, 250)

    def test_should_download_a_large_thumbnail(self):
        [told] = self.run_steps({"operation": "download", "size": "large"})
        self.is_thumbnail(told, "large", 800, 500)

    def test_should_upload_a_png_and_then_a_jpeg_thumbnail(self):
        down = {"operation": "download", "id": EMPTY}
        first, png_stored, second, jpeg_stored, third = self.run_steps(
            down, self.upload("png", id=EMPTY), down, self.upload("jpeg", id=EMPTY), down)
        self.assertEqual((png_stored, jpeg_stored), ({"ok": True}, {"ok": True}))
        self.assertEqual(len({first["length"], second["length"], third["length"]}), 3, "the lengths differ each time")

    def test_a_failed_download_has_its_status_and_the_exact_body(self):
        for step, status, code in (
                ({"token": ""}, 401, "HeaderNotFound"), ({"token": "a.b.c"}, 401, "Unauthorized"),
                ({"id": OTHER}, 404, "iModelNotFound"), ({"id": HIDDEN}, 404, "iModelNotFound"),
                ({"id": "nonsense"}, 404, "iModelNotFound"), ({"size": "invalidSize"}, 422, "InvalidiModelsRequest")):
            with self.subTest(step=step):
                [told] = self.run_steps({"operation": "download"} | step)
                self.assertFalse(told["ok"])
                self.assertEqual(told["code"], "Unauthorized" if status == 401 else "Unrecognized")
                self.assertEqual((told["status"], told["body"]["error"]["code"]), (status, code))
        self.assertEqual(told["body"]["error"]["details"][0]["target"], "size")

    def test_a_failed_upload_is_parsed_whole(self):
        for step, status, code, detail in (
                (self.upload("png", token=""), 401, "Unauthorized", None),
                (self.upload("png", token="a.b.c"), 401, "Unauthorized", None),
                (self.upload("png", token=self.viewer), 403, "InsufficientPermissions", None),
                (self.upload("png", id=OTHER), 404, "iModelNotFound", None),
                (self.upload("png", id=HIDDEN, token=self.viewer), 404, "iModelNotFound", None),
                (self.upload("large"), 413, "RequestTooLarge", None),
                (self.upload("png", type="image/gif"), 422, "InvalidIModelsRequest", "InvalidHeaderValue"),
                (self.upload("text"), 422, "InvalidIModelsRequest", "InvalidRequestBody"),
                (self.upload("jpeg", type="image/png"), 422, "InvalidIModelsRequest", "InvalidRequestBody")):
            with self.subTest(step=step):
                [told] = self.run_steps(step)
                self.assertFalse(told["ok"])
                self.assertEqual((told["status"], told["code"].lower()), (status, code.lower()), told)
                if detail is not None:
                    self.assertEqual([one["target"] for one in told["details"] if "target" in one],
                                     ["content-type"] if detail == "InvalidHeaderValue" else [])
                    self.assertEqual(told["body"]["error"]["details"][0]["code"], detail)

    def test_over_its_rate_limit_the_client_learns_when_to_come_back(self):
        narrow = self.server.token("alice", "narrow")
        told = self.run_steps(*[{"operation": "download", "token": narrow}] * 3)
        self.assertEqual([one["ok"] for one in told], [True, True, False])
        self.assertEqual((told[2]["status"], told[2]["body"]["error"]["code"]), (429, "RateLimitExceeded"))
        self.assertGreater(int(told[2]["headers"]["retry-after"]), 1000)
        [refused] = self.run_steps(self.upload("png", token=narrow))
        self.assertEqual((refused["status"], refused["code"]), (429, "RateLimitExceeded"))


if __name__ == "__main__":
    tap.run_module()

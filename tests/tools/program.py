"""What the tests of the command line share: a folder of their own, the program, and small pictures."""
import ctypes
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

SOURCE = pathlib.Path(os.environ["LOCKET_SOURCE"])
PROGRAM = os.environ["LOCKET_PROGRAM"]
CORPUS = pathlib.Path(os.environ["LOCKET_CORPUS"])
EXAMPLES = SOURCE / "examples"

ITWIN = "11111111-1111-4111-8111-111111111111"
IMODEL = "2b382042-4a92-46a4-a3cf-db4b77085489"
OTHER = "22222222-2222-4222-8222-222222222222"


def png(width, height, colour=(181, 230, 29)):
    """The bytes of a PNG of one colour."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + bytes(colour) * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def size_of(file):
    """The width and height that a PNG file states."""
    data = pathlib.Path(file).read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n"), file
    return struct.unpack(">II", data[16:24])


def without_power_over_files():
    """To be called before a program starts: root then needs leave for files as others do."""
    libc = ctypes.CDLL(None)
    drop_from_bounds, over_writing, over_reading = 24, 1, 2
    for power in (over_writing, over_reading):
        libc.prctl(drop_from_bounds, power, 0, 0, 0)


class Ended:
    """How a call of the program ended."""

    def __init__(self, told):
        self.code, self.out, self.err = told.returncode, told.stdout, told.stderr

    @property
    def lines(self):
        """Standard output as JSON, one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class ProgramCase(unittest.TestCase):
    """A case with a folder of its own, in which the program runs."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, data):
        """Writes a file into the folder and gives its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def locket(self, *words, code=0, stdin=None, environment=None, before_start=None):
        """Runs the program and expects an exit code; `before_start` is called in its process."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("LOCKET_")}
        told = subprocess.run([PROGRAM, *map(str, words)], cwd=self.folder, check=False, capture_output=True, text=True,
                              input=stdin or "", env=clean | (environment or {}), errors="surrogateescape",
                              preexec_fn=before_start, timeout=300)
        self.assertEqual(told.returncode, code, f"{words}\n{told.stdout}\n{told.stderr}")
        return Ended(told)

    def store_one(self, imodel=IMODEL, colour=(181, 230, 29)):
        """Imports a small picture as an iModel."""
        path = self.write(f"pictures/{imodel}.png", png(80, 50, colour))
        self.locket("import", path, "--itwin", ITWIN)
        return path

    def make_callers(self, *users):
        """Loads the example's access facts, makes a key, and writes USER.token for each user."""
        self.locket("access", "load", EXAMPLES / "access.json")
        self.locket("token", "keygen", "--out", "keys", "--algorithm", "ES256")
        for user in users:
            token = self.locket("token", "sign", "--key", "keys/private.pem", "--sub", user, "--client-id", "example")
            self.write(f"{user}.token", token.out)

    def fetch(self, imodel, user, *words, code=0):
        """Fetches as a user whose token was made."""
        return self.locket("fetch", imodel, "--keys", "keys/jwks.json", "--token-file", f"{user}.token", *words, code=code)

#!/usr/bin/env python3
"""Every line of the table of hostile paths, with the kernel's own way to stay below a folder, and without it."""
import ctypes
import os
import pathlib
import re
import subprocess
import tempfile

import hostile_path
import program
import tap

OPENAT2 = 437  # on every machine


def forbid_openat2():
    """Lets openat2 fail as on a kernel that does not know it: a filter of system calls, kept by the program to come."""
    class Instruction(ctypes.Structure):
        _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(Instruction))]

    enosys = 38
    instructions = (Instruction * 4)(Instruction(0x20, 0, 0, 0),              # the number of the call
                                     Instruction(0x15, 0, 1, OPENAT2),        # is it this one?
                                     Instruction(0x06, 0, 0, 0x50000 | enosys),
                                     Instruction(0x06, 0, 0, 0x7FFF0000))     # all others are allowed
    libc = ctypes.CDLL(None, use_errno=True)
    filtered = Program(4, instructions)
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.byref(filtered), 0, 0) != 0:
        os._exit(99)


class HostilePaths(program.ProgramCase):
    """All cases share one store, to which a dry run adds nothing."""
    before_start = None

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(subprocess.run, ["rm", "-rf", str(cls.shared)], check=True)
        (cls.shared / "nowhere-else.png").write_bytes(hostile_path.PICTURE)
        subprocess.run([program.PROGRAM, "import", "nowhere-else.png", "--derive-ids", "--itwin", program.ITWIN], cwd=cls.shared, check=True,
                       capture_output=True)

    def check(self, number, make, words, expected):
        folder = self.shared / str(number)
        folder.mkdir()
        kept = make(folder)  # what must live as long as the case: an open socket, a lease
        told = subprocess.run([program.PROGRAM, "import", "--json", "--dry-run", "--derive-ids", "--itwin", program.ITWIN,
                               "--store", self.shared / "thumbnails.locket", *words], cwd=folder, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              preexec_fn=self.before_start)
        lines = program.Ended(told).lines
        outcomes = [line.get("code", line["status"]) for line in lines[:-1]]
        self.assertEqual(outcomes, expected, f"{told.stdout}\n{told.stderr}")
        self.assertEqual(told.returncode, 0 if set(expected) <= {hostile_path.STORED} else 1)
        self.assertTrue(all(line.get("reason") for line in lines if line.get("status") == "failed"))
        if isinstance(kept, int):
            os.close(kept)

    def test_every_path_of_the_table_ends_as_it_says(self):
        self.assertGreaterEqual(len(hostile_path.TABLE), 40)
        for number, (name, make, words, expected) in enumerate(hostile_path.TABLE):
            with self.subTest(case=name):
                if self.wanted(name):
                    self.check(number, make, words, expected)

    def wanted(self, name):
        """Whether a line of the table is tried here."""
        return bool(name)


class DeepFolders(program.ProgramCase):
    @staticmethod
    def without_quarantine():
        """A sanitizer would hold what was given back, and count it as memory in use."""
        return os.environ | {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}

    def peak_kb(self, folder):
        """The memory that an import of a folder takes, which must find its one picture."""
        with subprocess.Popen([program.PROGRAM, "import", folder, "--derive-ids", "--itwin", program.ITWIN, "--json", "--dry-run"],
                              cwd=self.folder, stdout=subprocess.PIPE, text=True, env=self.without_quarantine()) as process:
            lines = process.stdout.readlines()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual((process.returncode, len(lines)), (0, 2), lines)
        return usage.ru_maxrss

    def test_memory_follows_the_depth_of_folders_and_not_its_square(self):
        self.addCleanup(subprocess.run, ["rm", "-rf", self.folder / "deep"], check=True)
        self.write("flat/a.png", hostile_path.PICTURE)
        hostile_path.deep(self.folder / "deep", ["f"] * 5_000)
        self.assertLess(self.peak_kb("deep") - self.peak_kb("flat"), 16_000)

    def peak_kb_of_failures(self, count):
        """The memory of an import of so many broken pictures whose paths have 60,000 bytes, into a store of its own."""
        folder = self.folder / f"deep-{count}"
        self.addCleanup(subprocess.run, ["rm", "-rf", folder], check=True)
        os.makedirs(folder)
        here = os.open(folder, os.O_RDONLY)
        for _ in range(240):
            os.mkdir("f" * 250, dir_fd=here)
            below = os.open("f" * 250, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        for number in range(count):
            with open(os.open(f"{number}.png", os.O_WRONLY | os.O_CREAT, dir_fd=here), "wb") as file:
                file.write(b"broken")
        os.close(here)
        with subprocess.Popen([program.PROGRAM, "import", folder, "--derive-ids", "--itwin", program.ITWIN, "--store", f"{count}.locket"],
                              cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.without_quarantine()) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 1)
        return usage.ru_maxrss

    def test_memory_does_not_follow_the_paths_of_files_that_failed(self):
        self.assertLess(self.peak_kb_of_failures(2_400) - self.peak_kb_of_failures(1_200), 32_000)


class WithoutOpenat2(HostilePaths):
    """The same on a kernel, or in a container, that can't hold a path below a folder by itself."""
    before_start = staticmethod(forbid_openat2)

    def wanted(self, name):
        """What is no matter of the way to a file is tried once."""
        return re.search("link|list|detour|path|root|depth|slash|a file in a file", name) is not None


if __name__ == "__main__":
    tap.run_module()

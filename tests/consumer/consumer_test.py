#!/usr/bin/env python3
"""locket in somebody else's program: from its installed headers and pkg-config, and as a Meson subproject.

Environment: LOCKET_SOURCE and LOCKET_BUILD (the folders), LOCKET_SANITIZE (Meson's b_sanitize), CXX, LOCKET_PROGRAM
(the command line), LOCKET_README_EXAMPLE (the README's example, compiled).
"""
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

import tap

SOURCE = pathlib.Path(os.environ["LOCKET_SOURCE"])
BUILD = pathlib.Path(os.environ["LOCKET_BUILD"])
PICTURE = SOURCE / "examples" / "pictures" / "house.png"
IMODEL = "2b382042-4a92-46a4-a3cf-db4b77085489"
EXPECTED = "200 400x250\n200 800x500\n404\n"


def run(*words, **options):
    """Runs a program and gives its standard output; its error output is shown when it fails."""
    told = subprocess.run([str(word) for word in words], check=False, capture_output=True, text=True, **options)
    if told.returncode:
        raise AssertionError(f"{words[0]} ended with {told.returncode}:\n{told.stdout}{told.stderr}")
    return told.stdout


class Consumer(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_builds_and_runs_from_installed_headers_and_pkg_config(self):
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", self.folder)
        [description] = self.folder.glob("**/pkgconfig/locket.pc")
        environment = dict(os.environ, PKG_CONFIG_PATH=str(description.parent), PKG_CONFIG_SYSROOT_DIR=str(self.folder))
        flags = shlex.split(run("pkg-config", "--cflags", "--libs", "locket", env=environment))
        sanitize = os.environ.get("LOCKET_SANITIZE", "none")
        if sanitize != "none":
            flags.append(f"-fsanitize={sanitize}")
        program = self.folder / "fetch_picture"
        run(*shlex.split(os.environ.get("CXX", "c++")), HERE / "fetch_picture.cpp", "-o", program, *flags)
        environment["LD_LIBRARY_PATH"] = str(description.parent.parent)
        self.assertEqual(run(program, PICTURE, self.folder / "store.locket", env=environment), EXPECTED)

    def test_builds_and_runs_as_a_subproject(self):
        project = BUILD / "consumer-project"  # kept, so that a second run builds only what changed
        (project / "subprojects").mkdir(parents=True, exist_ok=True)
        for file in (HERE / "project" / "meson.build", HERE / "fetch_picture.cpp"):
            if not (project / file.name).exists() or (project / file.name).read_bytes() != file.read_bytes():
                shutil.copyfile(file, project / file.name)
        link = project / "subprojects" / "locket"
        if not link.is_symlink():
            link.symlink_to(SOURCE, target_is_directory=True)
        if not (project / "build" / "build.ninja").exists():
            run("meson", "setup", "--buildtype=plain", project / "build", project)
        run("ninja", "-C", project / "build")
        program = project / "build" / "fetch_picture"
        # Its own library is to be found, not the one under test, to which the environment points.
        environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
        self.assertEqual(run(program, PICTURE, self.folder / "store.locket", env=environment), EXPECTED)

    def test_the_example_of_the_readme_answers_a_request(self):
        def locket(*words):
            return run(os.environ["LOCKET_PROGRAM"], *words, cwd=self.folder)

        locket("import", PICTURE, "--id", IMODEL, "--itwin", "11111111-1111-4111-8111-111111111111")
        locket("access", "load", SOURCE / "examples" / "access.json")
        locket("token", "keygen", "--out", "keys")
        token = locket("token", "sign", "--key", "keys/private.pem", "--sub", "alice", "--client-id", "example").strip()
        example = os.environ["LOCKET_README_EXAMPLE"]
        self.assertRegex(run(example, token, cwd=self.folder), r"^200 \d{4,6} bytes\n$")
        self.assertRegex(run(example, "no.valid.token", cwd=self.folder), r"^401 \d+ bytes\n$")


if __name__ == "__main__":
    tap.run_module()

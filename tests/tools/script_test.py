#!/usr/bin/env python3
"""The scripts around the program: the counting of test cases, the demonstration, the packages."""
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys

import program
import tap
from program import SOURCE

sys.path[:0] = [str(SOURCE / "tools")]
import test_report

JUNIT = """<testsuites>
  <testsuite name="locket.codec.PngReader"><testcase classname="PngReader" name="Good" status="run"/>
    <testcase classname="PngReader" name="Bad" status="run"><failure message="wrong pixel"/></testcase>
    <testcase classname="PngReader" name="Away" status="run"><skipped message="no corpus"/></testcase>
    <testcase classname="PngReader" name="DISABLED_Off" status="notrun"/></testsuite>
  <testsuite name="locket.form"><testcase classname="locket.form" name="1 - Layers"/>
    <testcase classname="locket.form" name="2 - Format"><skipped/><system-out>no formatter</system-out></testcase></testsuite>
  <testsuite name="locket"><testcase classname="locket" name="leaks"/></testsuite>
</testsuites>"""


class Report(program.ProgramCase):
    def report(self, junit, ends):
        self.write("testlog.junit.xml", junit)
        self.write("testlog.json", "".join(json.dumps({"name": name, "result": result, "returncode": code}) + "\n"
                                           for name, result, code in ends))
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = test_report.main([str(self.folder)])
        return code, out.getvalue().splitlines()

    def test_single_cases_are_counted_and_skipped_ones_told_with_their_reason(self):
        code, lines = self.report(JUNIT, [("codec", "FAIL", 1), ("form", "OK", 0), ("leaks", "OK", 0)])
        self.assertEqual((code, lines[-1]), (1, "3 passed, 1 failed, 3 skipped"))
        for expected in ("SKIPPED (no corpus)", "SKIPPED (no formatter)", "FAILED  codec: PngReader.Bad: wrong pixel"):
            self.assertIn(expected, lines)

    def test_a_program_that_ended_badly_without_a_failed_case_counts_as_one(self):
        good = JUNIT.replace('<failure message="wrong pixel"/>', "")
        code, lines = self.report(good, [("codec", "FAIL", 23), ("form", "TIMEOUT", 0), ("leaks", "OK", 0)])
        self.assertEqual((code, lines[-1]), (1, "4 passed, 2 failed, 3 skipped"))
        code, lines = self.report(good, [("codec", "OK", 0), ("form", "OK", 0), ("leaks", "TIMEOUT", -9)])
        self.assertEqual((code, lines[-1]), (1, "3 passed, 1 failed, 3 skipped"))

    def test_all_passed_is_success_and_nothing_run_is_not(self):
        good = JUNIT.replace('<failure message="wrong pixel"/>', "")
        code, lines = self.report(good, [("codec", "OK", 0), ("form", "OK", 0), ("leaks", "OK", 0)])
        self.assertEqual((code, lines[-1]), (0, "4 passed, 0 failed, 3 skipped"))
        self.assertEqual(self.report("<testsuites/>", []), (1, ["0 passed, 0 failed, 0 skipped"]))
        self.assertEqual(self.report("<broken", [])[0], 1)


class Demonstration(program.ProgramCase):
    def test_it_stores_fetches_refuses_and_writes_a_page_whose_pictures_are_there(self):
        folder = pathlib.Path(program.PROGRAM).parents[2]
        # Or the demonstration would install packages and make a build there.
        self.assertTrue((folder / "build.ninja").is_file(), f"{folder} is no build folder")
        build = os.path.relpath(folder, SOURCE)
        told = subprocess.run([SOURCE / "tools" / "demo.sh"], check=False, capture_output=True, text=True,
                              env=dict(os.environ, LOCKET_BUILD=build))
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)
        for expected in ("4 stored, 0 unchanged, 0 failed", "small.png: 400x250", "large.png: 800x500", "iModelNotFound",
                         "8 pictures checked: all are what was stored"):
            self.assertIn(expected, told.stdout)
        path = pathlib.Path(told.stdout.splitlines()[-1].split(": ", 1)[1])
        self.assertEqual(path.name, "index.html")
        pictures = sorted((path.parent / "pictures").iterdir())
        self.assertEqual(len(pictures), 8)
        for picture in pictures:
            self.assertIn(picture.name.split(".")[0], (path.parent / "thumbnails.js").read_text(encoding="utf-8"))


class Packages(program.ProgramCase):
    def test_where_nothing_is_missing_nothing_is_asked_of_the_package_manager(self):
        for name, body in (("dpkg-query", "echo installed"), ("apt-get", "touch called")):
            self.write(f"bin/{name}", f"#!/bin/sh\n{body}\n").chmod(0o755)
        self.install(0)
        self.assertFalse((self.folder / "called").exists())

    def test_only_what_is_missing_is_installed(self):
        self.write("bin/dpkg-query", '#!/bin/sh\nfor last; do :; done\n[ "$last" = libpng-dev ] || echo installed\n').chmod(0o755)
        self.write("bin/apt-get", '#!/bin/sh\necho "$@" >>called\n').chmod(0o755)
        self.write("bin/sudo", '#!/bin/sh\nexec "$@"\n').chmod(0o755)
        self.install(0)
        update, install = (self.folder / "called").read_text().splitlines()
        self.assertTrue(update.endswith("update"))
        self.assertTrue(install.endswith("install -y --no-install-recommends libpng-dev"), install)

    def install(self, code):
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        told = subprocess.run([SOURCE / "tools" / "install_packages.sh", "test"], cwd=self.folder, check=False,
                              capture_output=True, text=True, env=dict(os.environ, PATH=path))
        self.assertEqual(told.returncode, code, told.stdout + told.stderr)


if __name__ == "__main__":
    tap.run_module()

#!/usr/bin/env python3
"""The short form of import_soak.py: a few pictures made of small real ones, one run, three kills, and equal stores."""
import pathlib
import shutil
import tempfile
import unittest

import import_soak
import picture_series
import program
import tap

SOURCES = program.CORPUS / "imodel"
PICTURES = 60


@unittest.skipUnless(SOURCES.is_dir(), "the corpus of iModel pictures is not there")
class Soak(unittest.TestCase):
    def test_killed_three_times_and_resumed_the_store_equals_one_of_a_single_run(self):
        told = []
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name).resolve()
            small = folder / "sources"
            small.mkdir()
            for path in sorted(SOURCES.glob("*.*g"), key=lambda path: path.stat().st_size)[:10]:
                shutil.copy(path, small)
            paths = picture_series.make_pictures(small, folder / "pictures", PICTURES)
            self.assertEqual(len(paths), PICTURES)
            self.assertEqual([path.read_bytes() for path in picture_series.make_pictures(small, folder / "again", PICTURES)],
                             [path.read_bytes() for path in paths], "not the same pictures each time")
            import_soak.soak(folder, paths, jobs=2, slice_size=30, tell=told.append)
        self.assertIn("all equal", told[-1])


if __name__ == "__main__":
    tap.run_module()

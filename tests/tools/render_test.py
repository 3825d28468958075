#!/usr/bin/env python3
"""`locket render`."""
import os
import subprocess
import unittest

import program
import tap
from program import png, size_of


class Render(program.ProgramCase):
    def test_both_sizes_are_written_under_the_pictures_name(self):
        path = self.write("in/house.png", png(300, 200))
        [line] = self.locket("render", path, "-o", "new/out", "--json").lines
        self.assertEqual(size_of(self.folder / "new/out/house.small.png"), (400, 250))
        self.assertEqual(size_of(self.folder / "new/out/house.large.png"), (800, 500))
        self.assertEqual((line["file"], line["width_px"], line["height_px"]), (str(path), 300, 200))
        self.assertEqual(line["small_bytes"], (self.folder / "new/out/house.small.png").stat().st_size)
        self.assertEqual(line["large_bytes"], (self.folder / "new/out/house.large.png").stat().st_size)
        self.assertEqual(set(line), {"file", "width_px", "height_px", "small_bytes", "large_bytes", "ms"})

    def test_a_name_may_be_as_long_as_names_can_be(self):
        name = "n" * 245
        self.locket("render", self.write(name + ".png", png(30, 20)), "-o", "out")
        self.assertEqual(sorted(file.name for file in (self.folder / "out").iterdir()), [name + ".large.png", name + ".small.png"])

    @unittest.skipUnless(os.geteuid() == 0, "only root can make processes of the same number")
    def test_what_a_process_of_another_container_is_writing_is_left_alone(self):
        picture = self.write("house.png", png(300, 200))
        for number in range(1, 4):  # the number of the first process of a container is 1
            self.write(f"out/.locket-1-{number}", b"half a picture")
        told = subprocess.run(["unshare", "--pid", "--fork", program.PROGRAM, "render", picture, "-o", "out"], cwd=self.folder,
                              check=False, capture_output=True, text=True)
        if "unshare" in told.stderr:
            self.skipTest("no container can be made here")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual((self.folder / "out/.locket-1-1").read_bytes(), b"half a picture")
        self.assertEqual(size_of(self.folder / "out/house.small.png"), (400, 250))

    def test_repeating_tells_a_time_and_writes_nothing(self):
        path = self.write("house.png", png(300, 200))
        [line] = self.locket("render", path, "--repeat", 5, "--json").lines
        self.assertGreater(line["ms"], 0)
        self.assertEqual([file.name for file in self.folder.iterdir()], ["house.png"])

    def test_the_same_picture_and_recipe_give_the_same_bytes(self):
        path = self.write("house.png", png(300, 200))
        for folder in ("one", "two"):
            self.locket("render", path, "-o", folder)
        for name in ("house.small.png", "house.large.png"):
            self.assertEqual((self.folder / "one" / name).read_bytes(), (self.folder / "two" / name).read_bytes())

    def test_the_recipe_options_change_the_picture(self):
        self.locket("render", program.EXAMPLES / "pictures/tanks.png", "-o", "plain")
        plain = (self.folder / "plain/tanks.small.png").read_bytes()
        for option in (("--fit", "contain"), ("--fit", "stretch"), ("--filter", "mitchell"),
                       ("--fit", "contain", "--background", "ff0000"), ("--effort", "small")):
            with self.subTest(option=option):
                self.locket("render", program.EXAMPLES / "pictures/tanks.png", "-o", "other", *option)
                self.assertNotEqual((self.folder / "other/tanks.small.png").read_bytes(), plain)

    def test_a_wrong_recipe_is_wrong_usage(self):
        path = self.write("house.png", png(300, 200))
        for option in (("--fit", "fill"), ("--filter", "cubic"), ("--background", "red"), ("--effort", "9"),
                       ("--background", "12345"), ("--repeat", "0")):
            with self.subTest(option=option):
                self.assertIn(option[0], self.locket("render", path, *option, code=2).err)

    def test_one_bad_picture_does_not_stop_the_others(self):
        good, bad = self.write("good.png", png(30, 20)), self.write("bad.png", b"nothing")
        lines = self.locket("render", bad, good, "-o", "out", "--json", code=1).lines
        self.assertEqual(lines[0]["code"], "picture_format_unknown")
        self.assertEqual(lines[1]["file"], str(good))

    def test_a_picture_that_can_not_be_written_is_told_as_such(self):
        path = self.write("house.png", png(30, 20))
        (self.folder / "out/house.large.png").mkdir(parents=True)
        [line] = self.locket("render", path, "-o", "out", "--json", code=1).lines
        self.assertEqual(line["code"], "file_not_writable")

    def test_a_pipe_in_the_way_is_told_and_not_waited_for(self):
        path = self.write("house.png", png(30, 20))
        (self.folder / "out").mkdir()
        os.mkfifo(self.folder / "out/house.small.png")
        [line] = self.locket("render", path, "-o", "out", "--json", code=1).lines
        self.assertEqual(line["code"], "file_not_writable")

    def test_two_pictures_of_one_name_are_not_written_over_each_other(self):
        first, second = self.write("a/house.png", png(30, 20)), self.write("b/house.png", png(40, 20))
        self.assertIn("out/house.small.png", self.locket("render", first, second, "-o", "out", code=2).err)
        self.assertFalse((self.folder / "out").exists())
        self.write("c/hut.png", png(40, 20))
        self.write("out/house.large.png", "").with_name("hut.large.png").symlink_to("house.large.png")
        self.assertIn("out/hut.large.png", self.locket("render", first, "c/hut.png", "-o", "out", code=2).err)

    def test_no_picture_of_the_call_is_written_over(self):
        first, second = self.write("a/house.png", png(30, 20)), self.write("b/house.small.png", png(40, 20))
        before = second.read_bytes()
        self.assertIn("b/house.small.png", self.locket("render", first, second, "-o", "b", code=2).err)
        (self.folder / "link").symlink_to("b")
        self.locket("render", second, first, "-o", "link", code=2)
        (self.folder / "out").mkdir()
        (self.folder / "out/house.large.png").symlink_to(second)
        self.locket("render", second, first, "-o", "out", code=2)
        self.assertEqual(second.read_bytes(), before)
        self.assertEqual([file.name for file in second.parent.iterdir()], ["house.small.png"])


if __name__ == "__main__":
    tap.run_module()

#!/usr/bin/env python3
"""`locket import` while it runs: on a terminal, interrupted, and watching a folder."""
import fcntl
import json
import os
import pathlib
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import termios
import threading
import time
import unittest

import program
import tap
from program import IMODEL, ITWIN, png

PATIENCE_S = 60
MADE = "locket: made a new, empty store: ./thumbnails.locket"  # what an import says first where there is none


class RunningImport(program.ProgramCase):
    def start(self, *words, **streams):
        """Starts an import with its words, and ends it with the case at the latest."""
        process = subprocess.Popen([program.PROGRAM, "import", *map(str, words)], cwd=self.folder, text=True, **streams)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                self.addCleanup(stream.close)
        return process

    def pictures(self, count, width=400):
        for number in range(count):
            self.write(f"pictures/{number:03}.png", png(width, 250, (number % 256, 99, 20)))


class OnATerminal(RunningImport):
    @staticmethod
    def read_to_its_end(terminal):
        """What was drawn on a terminal, without the line that a new store gets."""
        drawn = b""
        while True:
            try:
                piece = os.read(terminal, 65_536)
            except OSError:  # Linux says so at the end of a terminal
                break
            if not piece:
                break
            drawn += piece
        os.close(terminal)
        return drawn.decode().removeprefix(MADE + "\r\n")

    def on_a_terminal(self, *words, columns=100):
        """Runs an import whose standard error is a terminal; gives what it draws there, and its standard output."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = self.start(*words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        drawn = self.read_to_its_end(ours)
        out = process.stdout.read()
        process.wait(PATIENCE_S)
        return drawn, out

    def test_a_bar_tells_done_failed_rate_and_time_left_and_is_taken_away(self):
        self.pictures(20)
        self.write("pictures/000-bad.png", b"no picture")
        drawn, out = self.on_a_terminal("pictures", "--derive-ids", "--itwin", ITWIN, "--jobs", 1)
        self.assertRegex(drawn, r"importing \[#+ *\] \d+/21, 1 failed, [\d.]+/s, \d+:\d\d left")
        self.assertTrue(drawn.endswith("\r\x1b[K"))
        self.assertIn("20 stored, 0 unchanged, 1 failed", out)
        self.assertNotIn("\x1b", out)

    def test_no_line_of_the_bar_is_longer_than_the_terminal(self):
        self.pictures(12)
        drawn, _ = self.on_a_terminal("pictures", "--derive-ids", "--itwin", ITWIN, "--jobs", 1, columns=30)
        lines = re.split(r"\r|\n", drawn.replace("\x1b[K", ""))
        self.assertLess(max(map(len, lines)), 30)

    def test_for_programs_and_pipes_there_is_none(self):
        self.pictures(5)
        drawn, _ = self.on_a_terminal("pictures", "--derive-ids", "--itwin", ITWIN, "--json")
        self.assertEqual(drawn, "")
        process = self.start("pictures", "--derive-ids", "--itwin", ITWIN, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.communicate(timeout=PATIENCE_S)[1], "")

    def test_a_list_on_standard_input_has_no_total(self):
        self.pictures(12)
        self.write("list.tsv", "".join(f"\t{ITWIN}\tpictures/{number:03}.png\n" for number in range(12)))
        ours, theirs = pty.openpty()
        with open(self.folder / "list.tsv", encoding="utf-8") as lines:
            process = self.start("-", "--derive-ids", "--jobs", 1, stdin=lines, stdout=subprocess.DEVNULL, stderr=theirs)
            os.close(theirs)
            drawn = self.read_to_its_end(ours)
            process.wait(PATIENCE_S)
        self.assertRegex(drawn, r"importing \d+")
        self.assertNotIn("/12", drawn)


class Interrupted(RunningImport):
    def test_what_was_told_is_kept_and_the_message_says_how_to_go_on(self):
        self.pictures(40)
        for name, number in (("Ctrl-C", signal.SIGINT), ("SIGTERM", signal.SIGTERM)):
            with self.subTest(signal=name):
                process = self.start("pictures", "--derive-ids", "--itwin", ITWIN, "--json", "--jobs", 1, "--store", name,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                # Not `communicate`, which does not give what was read together with the first line.
                with process.stdout as told, process.stderr as complaints:
                    lines = [told.readline()]
                    process.send_signal(number)
                    lines += told.read().splitlines()
                    err = complaints.read()
                self.assertEqual(process.wait(PATIENCE_S), 1)
                self.assertIn("run the same command again", err)
                summary = json.loads(lines[-1])["summary"]
                self.assertEqual(summary["stored"], len(lines) - 1)
                self.assertLess(summary["stored"], 40)
                self.assertEqual(self.locket("stats", "--json", "--store", name).lines[0]["thumbnails"], summary["stored"])
                again = self.locket("import", "pictures", "--derive-ids", "--itwin", ITWIN, "--json", "--store", name).lines[-1]["summary"]
                self.assertEqual((again["stored"], again["unchanged"]), (40 - summary["stored"], summary["stored"]))

    def test_an_import_that_waits_for_its_list_ends_at_once(self):
        process = self.start("-", "--json", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdin.write(f"{IMODEL}\t{ITWIN}\tnone.png\n")
        process.stdin.flush()
        self.assertIn("none.png", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)
        self.assertEqual(process.returncode, 1)

    def test_an_import_that_waits_for_its_list_tells_that_the_list_was_not_read_to_its_end(self):
        self.write("good.png", png(60, 60))
        for number in range(8):  # which of its threads notices first is a matter of luck
            process = self.start("-", "--derive-ids", "--json", "--store", f"store-{number}", stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            process.stdin.write(f"\t{ITWIN}\tgood.png\n")
            process.stdin.flush()
            self.assertIn("stored", process.stdout.readline())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE_S), 1)
            self.assertIn("run the same command again", process.stderr.read())

    def test_a_walk_that_meets_no_picture_ends_as_soon_as_one_that_does(self):
        for number in range(10_000):
            self.write(f"texts/{number}.txt", b"")
        words = ["texts"] * 500  # seconds of walking
        process = self.start(*words, "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.stderr.readline(), MADE + "\n")
        time.sleep(0.2)  # until it has begun to listen to signals
        begin = os.times()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 1)
        ended = os.times()
        self.assertLess(ended.children_user + ended.children_system - begin.children_user - begin.children_system, 1)
        self.assertIn("run the same command again", process.stderr.read())

    def test_killed_three_times_and_resumed_the_store_equals_one_of_a_single_run(self):
        self.pictures(40)
        words = ("pictures", "--derive-ids", "--itwin", ITWIN, "--json")
        acknowledged = set()
        for _ in range(3):
            process = self.start(*words, "--store", "killed", stdout=subprocess.PIPE)
            for _ in range(6):
                line = process.stdout.readline()
                if line and "file" in json.loads(line):
                    acknowledged.add(json.loads(line)["file"])
            process.kill()
            process.wait()
        known = {line["file"]: line["status"] for line in self.locket("import", *words, "--store", "killed").lines[:-1]}
        self.assertEqual({known[file] for file in acknowledged}, {"unchanged"})
        self.locket("import", *words, "--store", "single")
        self.locket("check", "--store", "killed")
        for store in ("killed", "single"):
            self.locket("export", f"{store}.out", "--store", store)
        names = sorted(path.name for path in (self.folder / "single.out").iterdir())
        self.assertEqual(len(names), 80)
        self.assertEqual(names, sorted(path.name for path in (self.folder / "killed.out").iterdir()))
        for name in names:
            self.assertEqual((self.folder / "killed.out" / name).read_bytes(), (self.folder / "single.out" / name).read_bytes())


class AsAUser(RunningImport):
    USER = 60_000 + os.getpid() % 5_000  # nobody else's: the limit counts all threads of a user

    def become_a_user(self, threads):
        """A user who may not have more than some threads."""
        resource.setrlimit(resource.RLIMIT_NPROC, (threads, threads))
        os.setgroups([])
        os.setgid(self.USER)
        os.setuid(self.USER)

    def skip_where_others_may_not_run_the_program(self):
        if subprocess.run([program.PROGRAM, "--version"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          preexec_fn=lambda: self.become_a_user(50)).returncode != 0:
            self.skipTest("others may not run the program where it lies")


@unittest.skipUnless(os.geteuid() == 0, "only root can become a user of few processes")
class WithFewThreads(AsAUser):
    def test_an_import_ends_however_few_threads_the_system_gives(self):
        self.pictures(20)
        for path in (self.folder, self.folder / "pictures"):
            path.chmod(0o777)
        self.skip_where_others_may_not_run_the_program()
        for threads in (2, 5, 8, 9, 12):
            with self.subTest(threads=threads):
                process = self.start("pictures", "--derive-ids", "--itwin", ITWIN, "--json", "--jobs", 8, "--store", f"store-{threads}",
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=lambda: self.become_a_user(threads))
                out, told = process.communicate(timeout=PATIENCE_S)
                summary = json.loads(out.splitlines()[-1])["summary"]
                if process.returncode == 0:
                    self.assertEqual(summary["stored"], 20)
                else:
                    self.assertIn("the system gives no more threads", told)


class Watching(AsAUser):
    def setUp(self):
        super().setUp()
        (self.folder / "in").mkdir()

    def watch(self, *words, **streams):
        process = self.start("--watch", "in", "--itwin", ITWIN, "--derive-ids", "--json", *words, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, **streams)
        self.assertEqual(process.stderr.readline(), MADE + "\n")
        self.assertIn("watching in", process.stderr.readline())
        return process

    def next_line(self, process):
        return json.loads(process.stdout.readline())

    def expect(self, process, *expected):
        """Reads lines until each expected file was told with its status, in any order."""
        told = {}
        while not set(expected) <= set(told.items()):
            line = self.next_line(process)
            self.assertIn("file", line)
            told[line["file"]] = line["status"]

    def test_what_is_there_and_what_appears_is_imported_until_it_is_told_to_end(self):
        old = self.write("in/old.png", png(60, 60))
        os.utime(old, (1_000_000_000, 1_000_000_000))
        process = self.watch()
        self.expect(process, ("in/old.png", "stored"))
        self.write("in/new.png", png(61, 60))
        self.write("in/sub/deep/newer.png", png(62, 60))
        self.expect(process, ("in/new.png", "stored"), ("in/sub/deep/newer.png", "stored"))
        self.write("in/sub/deep/newest.png", png(63, 60))
        self.expect(process, ("in/sub/deep/newest.png", "stored"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertEqual(json.loads(process.stdout.readlines()[-1])["summary"]["stored"], 4)

    def test_a_file_that_grows_is_waited_for(self):
        process = self.watch()
        whole = png(300, 300, (7, 8, 9))
        with open(self.folder / "in/slow.png", "wb") as file:
            for start in range(0, len(whole), len(whole) // 5 + 1):
                file.write(whole[start:start + len(whole) // 5 + 1])
                file.flush()
                time.sleep(0.5)
        line = self.next_line(process)
        self.assertEqual((line["file"], line["status"]), ("in/slow.png", "stored"))

    @staticmethod
    def touch_until(event, file):
        while not event.wait(0.1):
            os.utime(file)

    def test_a_file_that_grows_when_the_watch_begins_is_waited_for(self):
        whole = png(300, 300, (7, 8, 9))
        with open(self.folder / "in/slow.png", "wb") as file:
            file.write(whole[:100])
            file.flush()
            # However long the program takes to begin, the file has just changed then.
            begun = threading.Event()
            growing = threading.Thread(target=self.touch_until, args=(begun, file.fileno()))
            growing.start()
            process = self.watch()
            time.sleep(0.5)
            begun.set()
            growing.join()
            file.write(whole[100:])
        line = self.next_line(process)
        self.assertEqual((line["file"], line["status"]), ("in/slow.png", "stored"))

    def test_a_file_that_is_renamed_into_place_is_imported_under_its_last_name_alone(self):
        process = self.watch()
        self.write("in/a.png.part", png(60, 60))
        (self.folder / "in/a.png.part").rename(self.folder / "in/a.png")
        self.write("elsewhere/b.png", png(60, 61))
        (self.folder / "elsewhere/b.png").rename(self.folder / "in/b.png")
        self.expect(process, ("in/a.png", "stored"), ("in/b.png", "stored"))

    def test_a_folder_that_is_moved_in_is_imported_with_all_that_it_holds(self):
        process = self.watch()
        self.write("elsewhere/deep/a.png", png(60, 60))
        os.utime(self.folder / "elsewhere/deep/a.png", (1_000_000_000, 1_000_000_000))
        (self.folder / "elsewhere").rename(self.folder / "in/moved")
        self.expect(process, ("in/moved/deep/a.png", "stored"))

    def test_a_picture_that_changes_is_imported_again(self):
        process = self.watch()
        for height in (60, 61):
            self.write("in/a.png", png(60, height))
            self.expect(process, ("in/a.png", "stored"))

    def test_a_file_that_fails_is_told_and_the_watch_goes_on(self):
        process = self.watch()
        self.write("in/bad.png", b"no picture")
        self.expect(process, ("in/bad.png", "failed"))
        self.write("in/good.png", png(60, 60))
        self.expect(process, ("in/good.png", "stored"))
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 1)

    def failures(self):
        return [line["file"] for line in self.locket("stats", "--failures", "--json").lines]

    def ends_without_failures(self, process):
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertEqual(self.failures(), [])

    def test_a_file_that_failed_is_on_the_list_of_failures_until_it_succeeds(self):
        process = self.watch()
        for data, status in ((b"no picture", "failed"), (png(60, 60), "stored"), (b"no picture", "failed")):
            self.write("in/a.png", data)
            self.expect(process, ("in/a.png", status))
            self.assertEqual(len(self.failures()), status == "failed")

    def test_the_list_of_failures_stays_true_though_another_process_changes_it(self):
        process = self.watch()
        self.write("in/a.png", b"no picture")
        self.expect(process, ("in/a.png", "failed"))
        self.locket("remove", "--failures")
        self.write("in/a.png", b"no picture")
        self.expect(process, ("in/a.png", "failed"))
        self.assertEqual(len(self.failures()), 1)
        self.write("list.tsv", f"\t{ITWIN}\tin/b.png\n".encode())  # which is not there yet
        self.locket("import", "list.tsv", "--derive-ids", code=1)
        self.assertEqual(len(self.failures()), 2)
        for name in ("a", "b"):
            self.write(f"in/{name}.png", png(60, 60))
            self.expect(process, (f"in/{name}.png", "stored"))
        self.assertEqual(self.failures(), [])

    def test_a_folder_that_is_renamed_with_fresh_files_is_imported_under_its_last_name_alone(self):
        process = self.watch()
        self.write("in/part/deep/a.png", png(60, 60))
        (self.folder / "in/part").rename(self.folder / "in/whole")
        self.expect(process, ("in/whole/deep/a.png", "stored"))
        self.write("in/whole/deep/b.png", png(61, 60))
        self.expect(process, ("in/whole/deep/b.png", "stored"))
        self.ends_without_failures(process)

    def test_a_file_that_is_renamed_before_its_turn_comes_is_imported_under_its_last_name(self):
        process = self.watch("--jobs", 1)
        for number in range(20):
            self.write(f"elsewhere/{number:02}.png", png(1_500, 1_500, (number, 9, 9)))
        self.write("elsewhere/last.png", png(60, 60))
        for file in (self.folder / "elsewhere").iterdir():
            os.utime(file, (1_000_000_000, 1_000_000_000))
        (self.folder / "elsewhere").rename(self.folder / "in/sub")
        self.expect(process, ("in/sub/00.png", "stored"))
        (self.folder / "in/sub/last.png").rename(self.folder / "in/renamed.png")
        self.expect(process, ("in/renamed.png", "stored"))
        self.ends_without_failures(process)

    def test_folders_that_are_renamed_while_they_are_looked_at_are_no_failures(self):
        process = self.watch()
        for number in range(300):
            self.write(f"in/part-{number}/deep/{number}.png", png(60, 60))
            renamed_at = time.monotonic() + number % 20 / 50_000
            while time.monotonic() < renamed_at:
                pass
            (self.folder / f"in/part-{number}").rename(self.folder / f"in/whole-{number}")
            time.sleep(0.002)  # until it waits for the next
        self.write("in/last.png", png(61, 60))
        self.expect(process, ("in/last.png", "stored"))
        self.ends_without_failures(process)

    def test_a_folder_that_is_moved_out_is_no_longer_watched(self):
        process = self.watch()
        self.write("in/sub/a.png", png(60, 60))
        self.expect(process, ("in/sub/a.png", "stored"))
        (self.folder / "in/sub").rename(self.folder / "out")
        self.write("out/b.png", png(61, 60))
        self.write("in/c.png", png(62, 60))
        self.expect(process, ("in/c.png", "stored"))
        self.ends_without_failures(process)

    def test_folders_that_appear_while_more_happens_than_the_kernel_tells_are_watched(self):
        process = self.watch()
        most = int(pathlib.Path("/proc/sys/fs/inotify/max_queued_events").read_text(encoding="ascii"))
        if most > 100_000:
            self.skipTest("the kernel tells of too much")
        process.send_signal(signal.SIGSTOP)
        for _ in range(most // 3 + 100):
            self.write("in/passing.txt", b"")
            (self.folder / "in/passing.txt").unlink()
        self.write("in/late/a.png", png(60, 60))
        process.send_signal(signal.SIGCONT)
        self.expect(process, ("in/late/a.png", "stored"))
        self.write("in/late/b.png", png(61, 60))
        self.expect(process, ("in/late/b.png", "stored"))

    @unittest.skipUnless(os.geteuid() == 0, "only root can make files that the watch may not read")
    def test_what_becomes_readable_is_imported_and_a_folder_that_is_not_is_told(self):
        self.skip_where_others_may_not_run_the_program()
        self.folder.chmod(0o777)
        self.write("in/a.png", png(60, 60))
        self.write("in/sub/deep/b.png", png(61, 60))
        self.write("in/names/c.png", png(62, 60))
        modes = {"in/a.png": 0, "in/sub": 0, "in/names": 0o744}  # the names of the last may be read, its files may not
        for name, mode in modes.items():
            (self.folder / name).chmod(mode)
        process = self.watch(preexec_fn=lambda: self.become_a_user(50))
        self.expect(process, ("in/a.png", "failed"), ("in/sub", "failed"), ("in/names/c.png", "failed"))
        os.mkdir(self.folder / "in/late", mode=0)
        self.expect(process, ("in/late", "failed"))
        self.write("in/late/d.png", png(63, 60))
        for name in (*modes, "in/late"):
            (self.folder / name).chmod(0o755)
        self.expect(process, ("in/a.png", "stored"), ("in/sub/deep/b.png", "stored"), ("in/names/c.png", "stored"),
                    ("in/late/d.png", "stored"))
        self.write("in/late/e.png", png(64, 60))
        self.expect(process, ("in/late/e.png", "stored"))

    def test_a_file_whose_permissions_and_times_alone_change_is_not_told_again(self):
        self.write("in/sub/a.png", png(60, 60))
        os.utime(self.folder / "in/sub/a.png", (1_000_000_000, 1_000_000_000))
        process = self.watch()
        self.expect(process, ("in/sub/a.png", "stored"))
        (self.folder / "in/sub/a.png").chmod(0o600)
        os.utime(self.folder / "in/sub/a.png", (1_000_000_001, 1_000_000_001))
        (self.folder / "in/sub").chmod(0o700)
        (self.folder / "in").chmod(0o700)
        time.sleep(1)
        self.write("in/sub/b.png", png(61, 60))
        self.assertEqual(self.next_line(process)["file"], "in/sub/b.png")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        summary = json.loads(process.stdout.readlines()[-1])["summary"]
        self.assertEqual((summary["stored"], summary["unchanged"], summary["failed"]), (2, 0, 0))

    def test_a_link_that_appears_is_not_followed(self):
        self.write("outside.png", png(60, 60))
        process = self.watch()
        os.symlink("../outside.png", self.folder / "in/link.png")
        self.write("in/real.png", png(61, 60))
        self.expect(process, ("in/real.png", "stored"))
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)
        self.assertEqual(self.locket("stats", "--json").lines[0]["thumbnails"], 1)

    def test_a_folder_that_goes_away_ends_the_watch(self):
        process = self.watch()
        shutil.rmtree(self.folder / "in")
        self.assertEqual(process.wait(PATIENCE_S), 1)
        self.assertIn("removed", process.stderr.read())


if __name__ == "__main__":
    tap.run_module()

#!/usr/bin/env python3
"""`locket import`."""
import os
import sqlite3
import subprocess
import unittest

import program
import tap
from program import IMODEL, ITWIN, OTHER, png


class Import(program.ProgramCase):
    def summary(self, ended, dry_run=False):
        self.assertEqual(set(ended.lines[-1]), {"summary"})
        summary = ended.lines[-1]["summary"]
        self.assertEqual(set(summary), {"stored", "unchanged", "failed", "seconds"} | ({"dry_run"} if dry_run else set()))
        self.assertEqual(summary.get("dry_run", False), dry_run)
        return summary["stored"], summary["unchanged"], summary["failed"]

    def test_a_picture_named_by_a_guid_is_stored_under_it(self):
        path = self.write(f"{IMODEL.upper()}.png", png(60, 60))
        ended = self.locket("import", path, "--itwin", ITWIN, "--json")
        self.assertEqual(ended.lines[0], {"file": str(path), "imodel_id": IMODEL, "status": "stored"})
        self.assertEqual(self.summary(ended), (1, 0, 0))

    def test_a_second_import_of_the_same_bytes_is_unchanged(self):
        path = self.store_one()
        ended = self.locket("import", path, "--json")
        self.assertEqual(ended.lines[0]["status"], "unchanged")
        self.assertEqual(self.summary(ended), (0, 1, 0))

    def test_force_renders_again_what_is_unchanged(self):
        path = self.store_one()
        self.assertEqual(self.locket("import", path, "--force", "--json").lines[0]["status"], "stored")

    def test_another_recipe_renders_again(self):
        path = self.store_one()
        self.assertEqual(self.locket("import", path, "--fit", "contain", "--json").lines[0]["status"], "stored")

    def test_an_id_can_be_given_for_one_picture(self):
        path = self.write("house.png", png(60, 60))
        ended = self.locket("import", path, "--id", OTHER, "--itwin", ITWIN, "--json")
        self.assertEqual(ended.lines[0]["imodel_id"], OTHER)

    def test_an_id_for_two_pictures_is_wrong_usage(self):
        for name in ("a.png", "b.png"):
            self.write(f"two/{name}", png(60, 60))
        self.assertIn("--id", self.locket("import", "two", "--id", OTHER, "--itwin", ITWIN, code=2).err)

    def test_a_picture_without_an_id_fails_and_tells_how_to_give_one(self):
        ended = self.locket("import", self.write("house.png", png(9, 9)), "--itwin", ITWIN, "--json", code=1)
        self.assertEqual(ended.lines[0]["status"], "failed")
        self.assertEqual(ended.lines[0]["code"], "argument_invalid")
        self.assertIn("--derive-ids", ended.lines[0]["reason"])

    def test_a_missing_file_is_told_as_missing_before_its_id_is(self):
        ended = self.locket("import", "missing.png", "--itwin", ITWIN, "--json", code=1)
        self.assertEqual(ended.lines[0]["code"], "file_not_readable")
        self.assertIsNone(ended.lines[0]["imodel_id"])

    def test_a_slip_of_the_pen_makes_no_store_and_is_not_remembered(self):
        self.locket("import", "mising.png", "mising/", "--itwin", ITWIN, "--store", "new.locket", code=1)
        self.assertEqual([path.name for path in self.folder.glob("new.locket*")], [])
        good = self.write(f"{IMODEL}.png", png(60, 60))
        ended = self.locket("import", good, "mising.png", "--itwin", ITWIN, "--json", code=1)
        self.assertEqual([line["status"] for line in ended.lines[:2]], ["stored", "failed"])
        self.assertEqual(self.locket("stats", "--json").lines[0]["failures"], 0)

    def test_derived_ids_are_version_5_and_follow_the_name_alone(self):
        self.write("one/house.png", png(60, 60))
        self.write("two/house.png", png(50, 50))
        ids = [self.locket("import", folder, "--derive-ids", "--itwin", ITWIN, "--json").lines[0]["imodel_id"]
               for folder in ("one", "two")]
        self.assertEqual(ids[0], ids[1])
        self.assertEqual(ids[0][14], "5")

    def test_an_unknown_imodel_without_an_itwin_fails(self):
        path = self.write(f"{IMODEL}.png", png(60, 60))
        ended = self.locket("import", path, "--json", code=1)
        self.assertEqual(ended.lines[0]["code"], "argument_invalid")
        self.assertIn("iTwin", ended.lines[0]["reason"])

    def test_a_folder_is_searched_to_its_depth_and_told_in_order(self):
        for name in ("b/2.png", "a/deep/er/1.PNG", "c.jpeg.txt", "MANIFEST.tsv"):
            self.write(f"pictures/{name}", png(60, 60))
        ended = self.locket("import", "pictures", "--derive-ids", "--itwin", ITWIN, "--json", "--jobs", 2)
        self.assertEqual([line["file"] for line in ended.lines[:-1]], ["pictures/a/deep/er/1.PNG", "pictures/b/2.png"])

    def test_names_in_brackets_are_names_and_no_lists(self):
        for name in ("[2024]", "2024", "[a,b]", "a", "b", "[]"):
            self.write(f"{name}/{name}.png", png(60, 60))
        for name in ("[2024]", "[a,b]", "[]"):
            with self.subTest(name=name):
                ended = self.locket("import", name, "--derive-ids", "--itwin", ITWIN, "--json")
                self.assertEqual([line.get("file") for line in ended.lines[:-1]], [f"{name}/{name}.png"])
        ended = self.locket("import", "--dry-run", "--derive-ids", "--itwin", ITWIN, "--json", "--", "[a,b]", "a")
        self.assertEqual([line.get("file") for line in ended.lines[:-1]], ["[a,b]/[a,b].png", "a/a.png"])
        self.write("[x]", png(60, 60))
        self.assertEqual(self.locket("render", "[x]", "--json").lines[0]["file"], "[x]")
        self.locket("stats", "--store", "thumbnails.locket[1]", code=2)
        for words in (("--failure", "[x]"), ("--failure=[x]",)):
            self.assertEqual(self.locket("remove", *words, "--json", code=1).lines, [{"file": "[x]", "removed": False}])
        self.assertIn("[x]", self.locket("check", "[x]", code=2).err)

    def test_links_in_a_folder_are_not_followed(self):
        self.write("elsewhere/house.png", png(60, 60))
        (self.folder / "pictures").mkdir()
        os.symlink(self.folder / "elsewhere", self.folder / "pictures" / "folder")
        os.symlink(self.folder / "elsewhere" / "house.png", self.folder / "pictures" / "house.png")
        ended = self.locket("import", "pictures", "--derive-ids", "--itwin", ITWIN, "--json")
        self.assertEqual(self.summary(ended), (0, 0, 0))

    def test_a_list_names_ids_and_files_beside_it(self):
        self.write("lists/one.png", png(60, 60))
        self.write("lists/two.png", png(61, 60))
        self.write("lists/list.tsv", f"# comment\n{IMODEL}\t{ITWIN}\tone.png\r\n\n{OTHER}\t{ITWIN}\ttwo.png\n")
        ended = self.locket("import", "lists/list.tsv", "--json")
        # As some editors write it, in a name of capitals.
        self.write("lists/LIST.TSV", b"\xef\xbb\xbf" + (self.folder / "lists/list.tsv").read_bytes()[10:])
        self.locket("import", "lists/LIST.TSV", "--json")
        self.assertEqual([line["imodel_id"] for line in ended.lines[:-1]], [IMODEL, OTHER])
        self.assertEqual(self.summary(ended), (2, 0, 0))

    def test_a_link_on_the_way_to_a_listed_file_is_not_followed(self):
        self.write("real/house.png", png(60, 60))
        os.symlink("real", self.folder / "inner")
        self.write("list.tsv", f"{IMODEL}\t{ITWIN}\tinner/house.png\n")
        ended = self.locket("import", "list.tsv", "--json", code=1)
        self.assertEqual(ended.lines[0]["code"], "file_not_readable")
        self.assertIn("symbolic link", ended.lines[0]["reason"])

    def test_wrong_lines_of_a_list_are_named_by_their_number(self):
        self.write("list.tsv", f"x\ty\tz.png\nonly one\n{IMODEL}\tno\tz.png\n{IMODEL}\t{ITWIN}\n")
        ended = self.locket("import", "list.tsv", "--json", code=1)
        self.assertEqual([line["file"] for line in ended.lines[:-1]], [f"list.tsv:{i}" for i in (1, 2, 3, 4)])

    def test_two_pictures_with_one_id_leave_the_first(self):
        self.write(f"a/{IMODEL}.png", png(60, 60))
        self.write(f"b/{IMODEL}.png", png(61, 60))
        ended = self.locket("import", "a", "b", "--itwin", ITWIN, "--json", code=1)
        self.assertEqual([line["status"] for line in ended.lines[:-1]], ["stored", "failed"])
        self.assertIn("same iModel id", ended.lines[1]["reason"])
        again = self.locket("import", "a", "b", "--itwin", ITWIN, "--json", code=1)
        self.assertEqual([line["status"] for line in again.lines[:-1]], ["unchanged", "failed"])

    def test_a_file_that_is_named_twice_is_imported_once_and_is_no_failure(self):
        self.write(f"a/{IMODEL}.png", png(60, 60))
        for words in ((f"a/{IMODEL}.png", f"./a/{IMODEL}.png"), ("a", f"a/{IMODEL}.png"), ("a", "a", "a")):
            with self.subTest(words=words):
                ended = self.locket("import", *words, "--itwin", ITWIN, "--force", "--json")
                self.assertEqual(self.summary(ended), (1, 0, 0))
        self.assertEqual(self.locket("stats", "--failures", "--json").lines, [])

    def test_one_file_may_be_the_picture_of_two_imodels(self):
        self.write("a.png", png(60, 60))
        self.write("list.tsv", f"{IMODEL}\t{ITWIN}\ta.png\n{OTHER}\t{ITWIN}\ta.png\n{OTHER}\t{ITWIN}\t./a.png\n")
        self.assertEqual(self.summary(self.locket("import", "list.tsv", "--json")), (2, 0, 0))

    def test_of_files_with_one_name_the_first_counts_even_where_it_fails(self):
        self.write("a/house.png", b"no picture")
        self.write("b/house.png", png(60, 60))
        for _ in range(3):
            ended = self.locket("import", "a", "b", "--derive-ids", "--itwin", ITWIN, "--json", "--jobs", 4, code=1)
            self.assertEqual([line["code"] for line in ended.lines[:-1]], ["picture_format_unknown", "argument_invalid"])
        self.assertIn("the first counts", " ".join(self.locket("import", "--help").out.split()))

    def test_the_byte_limit_refuses_by_name_and_can_be_raised(self):
        picture = png(60, 60)
        path = self.write(f"{IMODEL}.png", picture)
        limit = ("--bytes-max", len(picture) - 1)
        ended = self.locket("import", path, "--itwin", ITWIN, *limit, code=1)
        self.assertIn("picture_bytes_over_limit", ended.out)
        self.assertIn(f"{IMODEL}.png", ended.out)
        self.assertIn("--bytes-max", ended.out)
        ended = self.locket("import", path, "--itwin", ITWIN, "--bytes-max", len(picture), "--json")
        self.assertEqual(self.summary(ended), (1, 0, 0))

    def test_the_byte_limit_is_held_before_memory_is_taken(self):
        path = self.write(f"{IMODEL}.png", png(60, 60))
        os.truncate(path, 1 << 40)  # which no machine should try to hold
        ended = self.locket("import", path, "--itwin", ITWIN, "--json", code=1)
        self.assertEqual(ended.lines[0]["code"], "picture_bytes_over_limit")

    def test_files_that_are_no_pictures_fail_with_a_code(self):
        cases = {"empty.png": (b"", "picture_empty"), "text.png": (b"no picture at all", "picture_format_unknown"),
                 "cut.png": (png(60, 60)[:60], "picture_truncated")}
        for name, (data, code) in cases.items():
            with self.subTest(name=name):
                path = self.write(name, data)
                ended = self.locket("import", path, "--derive-ids", "--itwin", ITWIN, "--json", code=1)
                self.assertEqual(ended.lines[0]["code"], code)
                self.assertTrue(ended.lines[0]["reason"])

    def test_what_is_no_regular_file_is_refused_without_waiting(self):
        os.mkfifo(self.folder / "pipe.png")
        for path in ("pipe.png", "/dev/zero", "missing.png"):
            with self.subTest(path=path):
                ended = self.locket("import", path, "--derive-ids", "--itwin", ITWIN, "--json", code=1)
                self.assertEqual(ended.lines[0]["code"], "file_not_readable")

    def test_any_file_name_gives_valid_json_and_a_harmless_terminal(self):
        name = os.fsdecode(b'bad \xff "quoted"\n\x1b[31m\t.png')
        self.write(name, b"no picture")
        ended = self.locket("import", self.folder, "--derive-ids", "--itwin", ITWIN, "--json", code=1)
        self.assertTrue(ended.lines[0]["file"].endswith('bad \ufffd "quoted"\n\x1b[31m\t.png'))
        ended = self.locket("import", self.folder, "--derive-ids", "--itwin", ITWIN, code=1)
        self.assertNotIn("\x1b", ended.out + ended.err)
        self.assertIn("\\x1b[31m", ended.out)

    def test_failures_are_remembered_until_they_succeed(self):
        path = self.write(f"{IMODEL}.png", b"no picture")
        self.locket("import", path, "--itwin", ITWIN, code=1)
        [failure] = self.locket("stats", "--failures", "--json").lines
        self.assertEqual((failure["file"], failure["code"]), (str(path), "picture_format_unknown"))
        path.write_bytes(png(60, 60))
        self.locket("import", path, "--itwin", ITWIN)
        self.assertEqual(self.locket("stats", "--failures", "--json").lines, [])

    def test_a_file_that_is_as_it_was_stored_is_no_failure_any_more(self):
        path = self.store_one()
        whole = path.read_bytes()
        path.write_bytes(b"no picture")
        self.locket("import", path, code=1)
        self.assertEqual(len(self.locket("stats", "--failures", "--json").lines), 1)
        path.write_bytes(whole)
        self.assertEqual(self.locket("import", path, "--json").lines[0]["status"], "unchanged")
        self.assertEqual(self.locket("stats", "--failures", "--json").lines, [])

    def test_a_list_can_come_from_standard_input(self):
        self.write("one.png", png(60, 60))
        ended = self.locket("import", "-", "--json", stdin=f"{IMODEL}\t{ITWIN}\tone.png\nno list\n", code=1)
        self.assertEqual([line["file"] for line in ended.lines[:-1]], ["one.png", "standard input:2"])
        self.assertEqual(self.summary(ended), (1, 0, 1))

    def test_an_empty_id_in_a_list_is_found_as_for_a_file_named_by_itself(self):
        self.write(f"{IMODEL}.png", png(60, 60))
        self.write("list.tsv", f"\t{ITWIN}\t{IMODEL}.png\n")
        self.assertEqual(self.locket("import", "list.tsv", "--json").lines[0]["imodel_id"], IMODEL)

    def test_what_is_imported_must_be_said_in_one_way(self):
        self.locket("import", code=2)
        self.locket("import", "a.png", "--outdated", code=2)
        self.locket("import", "a.png", "--watch", ".", code=2)
        self.locket("import", "--outdated", "--derive-ids", code=2)
        self.assertIn("--fit", self.locket("import", "--outdated", "--fit", "contain", code=2).err)
        self.locket("import", "--watch", ".", "--dry-run", code=2)
        self.locket("import", "--watch", "none", code=2)

    def test_a_dry_run_tells_what_would_happen_and_changes_nothing(self):
        good = self.write(f"in/{IMODEL}.png", png(60, 60))
        self.write("in/bad.png", b"no picture")
        words = ("import", "in", "--derive-ids", "--itwin", ITWIN, "--dry-run", "--json")
        ended = self.locket(*words, code=1)
        self.assertEqual(self.summary(ended, dry_run=True), (1, 0, 1))
        self.assertEqual([path.name for path in self.folder.iterdir()], ["in"])
        self.assertIn("would be stored", self.locket(*words[:-1], code=1).out)
        self.locket("import", good, "--itwin", ITWIN)
        before = self.locket("stats", "--json").out
        self.assertEqual(self.summary(self.locket(*words, code=1), dry_run=True), (0, 1, 1))
        good.write_bytes(png(61, 60))
        self.assertEqual(self.summary(self.locket(*words, code=1), dry_run=True), (1, 0, 1))
        self.assertEqual(self.locket("stats", "--json").out, before)
        self.assertEqual(self.locket("stats", "--failures", "--json").lines, [])

    def test_a_dry_run_stores_neither_a_new_picture_nor_another(self):
        good = self.store_one()
        self.locket("export", "before")
        before = self.locket("stats", "--json").out
        good.write_bytes(png(60, 60, (1, 2, 3)))
        self.write(f"pictures/{OTHER}.png", png(60, 60, (3, 2, 1)))
        ended = self.locket("import", "pictures", "--itwin", ITWIN, "--dry-run", "--json")
        self.assertEqual(self.summary(ended, dry_run=True), (2, 0, 0))
        self.assertEqual(self.locket("stats", "--json").out, before)
        self.locket("export", "after")
        for path in (self.folder / "before").iterdir():
            self.assertEqual(path.read_bytes(), (self.folder / "after" / path.name).read_bytes(), path.name)

    def test_a_dry_run_is_refused_where_the_import_would_be(self):
        path = self.write(f"{IMODEL}.png", png(60, 60))
        self.write("plain", b"")
        (self.folder / "dangling").symlink_to("none/none")
        for store in ("none/store", "plain/store", "plain", "dangling", "/proc/store"):
            with self.subTest(store=store):
                words = ("import", path, "--itwin", ITWIN, "--store", store)
                self.assertEqual(self.locket(*words, "--dry-run", code=2).err, self.locket(*words, code=2).err)
        words = ("import", "--outdated", "--store", "new")
        self.assertEqual(self.locket(*words, "--dry-run", code=2).err, self.locket(*words, code=2).err)
        self.locket("import", path, "--itwin", ITWIN, "--store", "new", "--dry-run")
        self.assertFalse((self.folder / "new").exists())

    def test_thumbnails_of_an_older_recipe_are_counted_and_renewed_each_by_its_own(self):
        for number, fit in enumerate(("cover", "contain")):
            self.write(f"in/{number}.png", png(60, 60, (number, 2, 3)))
            self.locket("import", f"in/{number}.png", "--derive-ids", "--itwin", ITWIN, "--fit", fit)
        gone = self.write("in/gone.png", png(60, 60, (9, 2, 3)))
        self.locket("import", gone, "--derive-ids", "--itwin", ITWIN)
        self.locket("export", "before")
        self.assertEqual(self.locket("stats", "--json").lines[0]["outdated"], 0)
        self.assertEqual(self.summary(self.locket("import", "--outdated", "--json")), (0, 0, 0))
        gone.unlink()
        self.make_all_outdated()
        self.assertEqual(self.locket("stats", "--json").lines[0]["outdated"], 3)
        self.assertIn("--outdated", self.locket("stats").out)
        ended = self.locket("import", "--outdated", "--json", code=1)
        self.assertEqual(self.summary(ended), (2, 0, 1))
        [failed] = [line for line in ended.lines if line.get("status") == "failed"]
        self.assertEqual((failed["file"], failed["code"]), (str(gone.resolve()), "file_not_readable"))
        self.assertEqual(self.locket("stats", "--failures", "--json").lines, [])  # its thumbnail is still there
        facts = self.locket("stats", "--json").lines[0]
        self.assertEqual(facts["outdated"], 1)
        self.assertEqual({recipe.split()[1] for recipe in facts["thumbnails_by_recipe"]}, {"cover", "contain"})
        self.locket("export", "after")
        for path in (self.folder / "before").iterdir():
            self.assertEqual(path.read_bytes(), (self.folder / "after" / path.name).read_bytes(), path.name)

    def make_all_outdated(self):
        """Makes every thumbnail look as one of an older version of the renderer."""
        database = sqlite3.connect(self.folder / "thumbnails.locket")
        for recipe_id, name in database.execute("SELECT recipe_id, name FROM recipe").fetchall():
            database.execute("UPDATE recipe SET name = ? WHERE recipe_id = ?", ("0 " + name.partition(" ")[2], recipe_id))
        database.commit()
        database.close()

    def test_a_summary_groups_failures_by_reason_and_says_what_to_do(self):
        for number in range(25):
            self.write(f"in/{number:02}.png", b"no picture")
        self.write("in/cut.png", png(60, 60)[:60])
        told = self.locket("import", "in", "--derive-ids", "--itwin", ITWIN, code=1).out
        self.assertIn("picture_format_unknown: 25 files", told)
        self.assertIn("and 5 more", told)
        self.assertIn("picture_truncated: 1 file", told)
        self.assertEqual(told.count("  -> "), 2)
        self.assertTrue(told.splitlines()[-1].startswith("0 stored, 0 unchanged, 26 failed in "))

    def test_a_summary_sends_to_the_list_of_failures_only_where_that_has_them_all(self):
        for number in range(25):
            self.write(f"in/{number:02}.png", b"no picture")
        words = ("import", "in", "--derive-ids", "--itwin", ITWIN)
        self.assertIn("and 5 more: --json tells each\n", self.locket(*words, "--dry-run", code=1).out)
        told = self.locket(*words, code=1).out
        self.assertIn("and 5 more: `locket stats --failures` lists them all\n", told)
        self.assertEqual(len(self.locket("stats", "--failures", "--json").lines), 25)
        # Files that are not there are kept, the lines of a list that name none are not.
        lines = "".join(f"\t{ITWIN}\tmissing/{number}.png\n" for number in range(12))
        (self.folder / "missing").mkdir()
        self.write("list.tsv", lines + f"x\t{ITWIN}\ty.png\n" * 22)
        told = self.locket("import", "list.tsv", "--derive-ids", "--itwin", ITWIN, code=1).out
        self.assertIn("file_not_readable: 12 files\n", told)
        self.assertIn("argument_invalid: 22 files\n", told)
        self.assertIn("and 2 more: --json tells each\n", told)
        self.write("list.tsv", f"x\t{ITWIN}\ty.png\n" * 22 + f"\t{ITWIN}\tin/00.png\n")
        told = self.locket("import", "list.tsv", "--itwin", ITWIN, code=1).out
        self.assertIn("and 3 more: --json tells each\n", told)

    def test_an_import_without_room_tells_what_was_not_stored_and_ends(self):
        pictures = 60
        for number in range(pictures):
            self.write(f"in/{number:02}.png", png(60, 60, (number, 2, 3)))
        (self.folder / "disk").mkdir()
        script = ('mount -t tmpfs -o size=1500k none disk || exit 77; "$0" "$@"; code=$?; '
                  '"$0" stats --store disk/store --json; exit $code')
        clean = {key: value for key, value in os.environ.items() if not key.startswith("LOCKET_")}
        told = subprocess.run(["unshare", "--mount", "sh", "-c", script, program.PROGRAM, "import", "in", "--derive-ids",
                               "--itwin", ITWIN, "--jobs", "1", "--store", "disk/store", "--json"], cwd=self.folder,
                              check=False, capture_output=True, text=True, env=clean | {"LC_ALL": "C"}, timeout=300)
        if told.returncode == 77 or "unshare failed" in told.stderr:
            self.skipTest("a small disk takes the right to mount one")
        *lines, end, facts = program.Ended(told).lines
        stored = [line for line in lines if line["status"] == "stored"]
        self.assertGreater(len(stored), 0)
        self.assertEqual({line["code"] for line in lines if line not in stored}, {"store_full"})
        self.assertEqual((end["summary"]["stored"], facts["thumbnails"]), (len(stored), len(stored)))
        self.assertIn("the import was ended: nothing more can be stored", told.stderr)
        self.assertEqual(told.returncode, 1)
        self.assertLess(len(lines), pictures)

    def test_outcomes_are_told_in_the_order_of_the_sources_whatever_takes_longest(self):
        sizes = [(1500, 1500), (4, 4), (900, 900), (5, 5), (6, 6)]
        for number, (width, height) in enumerate(sizes * 4):
            self.write(f"in/{number:02}.png", png(width, height, (number, 0, 0)))
        ended = self.locket("import", "in", "--derive-ids", "--itwin", ITWIN, "--json", "--jobs", 8)
        self.assertEqual([line["file"] for line in ended.lines[:-1]], [f"in/{number:02}.png" for number in range(20)])

    @unittest.skipUnless((program.CORPUS / "imodel").is_dir(), "the corpus of iModel pictures is not there")
    def test_of_the_pictures_of_the_field_all_but_the_one_over_the_byte_limit_are_stored(self):
        ended = self.locket("import", program.CORPUS / "imodel", "--derive-ids", "--itwin", ITWIN, "--json", code=1)
        self.assertEqual(self.summary(ended), (85, 0, 2))
        failed = {line["file"].rpartition("/")[2]: line["code"] for line in ended.lines if line.get("status") == "failed"}
        self.assertEqual(failed, {"mosaic_3700x1800.png": "picture_bytes_over_limit",
                                  # not a picture: a zlib stream as it lies in its iModel file
                                  "bimthumb_JoesHouse_rawsize_zlib_0x4e.jpg": "picture_format_unknown"})
        ended = self.locket("import", program.CORPUS / "imodel" / "mosaic_3700x1800.png", "--derive-ids", "--itwin", ITWIN, "--bytes-max", 6_000_000, "--json")
        self.assertEqual(self.summary(ended), (1, 0, 0))


if __name__ == "__main__":
    tap.run_module()

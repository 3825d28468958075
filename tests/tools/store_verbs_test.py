#!/usr/bin/env python3
"""`locket check`, `stats`, `backup`, `export` and `remove`, the choice of a store, and wrong usage."""
import os
import resource
import sqlite3
import subprocess
import uuid

import program
import tap
from program import EXAMPLES, IMODEL, ITWIN, OTHER, png, size_of


class StoreVerbs(program.ProgramCase):
    def setUp(self):
        super().setUp()
        self.store_one(IMODEL, (181, 230, 29))
        self.store_one(OTHER, (0, 162, 231))

    def test_a_whole_store_checks_clean(self):
        [line] = self.locket("check", "--json").lines
        self.assertEqual(line, {"checked": 4, "damaged": []})
        self.assertEqual(self.locket("check").out, "4 pictures checked: all are what was stored\n")

    def test_a_check_can_be_slowed_down(self):
        [line] = self.locket("check", "--bytes-per-second", "100000000", "--json").lines
        self.assertEqual(line, {"checked": 4, "damaged": []})
        self.locket("check", "--bytes-per-second", "0", code=2)

    def test_a_damaged_picture_is_found_named_and_never_handed_out(self):
        self.locket("export", "before")
        stored = (self.folder / "before" / f"{IMODEL}.large.png").read_bytes()
        store = self.folder / "thumbnails.locket"
        data = bytearray(store.read_bytes())
        place = data.find(stored[40:80])
        self.assertGreater(place, 0)
        data[place + 5] ^= 1
        store.write_bytes(data)
        ended = self.locket("check", "--json", code=1)
        self.assertEqual({damage.get("imodel_id") for damage in ended.lines[0]["damaged"]} - {None}, {IMODEL})
        self.assertTrue(all(damage["what"] for damage in ended.lines[0]["damaged"]))
        self.assertIn(IMODEL, self.locket("check", code=1).out)
        self.locket("export", "after", code=1)
        self.assertFalse((self.folder / "after" / f"{IMODEL}.large.png").exists())
        self.assertTrue((self.folder / "after" / f"{OTHER}.large.png").exists())
        # Its upload is known and so "unchanged": as the check says, it takes --force to mend it.
        self.assertIn("--force", self.locket("check", code=1).out)
        self.locket("import", f"pictures/{IMODEL}.png", "--force")
        self.locket("check")

    def damage(self, sql, imodel=IMODEL):
        """Changes the store's file behind its back."""
        database = sqlite3.connect(self.folder / "thumbnails.locket")
        with database:
            self.assertEqual(database.execute(sql, [uuid.UUID(imodel).bytes]).rowcount, 1)
        database.close()

    def exported(self, folder, code):
        self.locket("export", folder, code=code)
        return {path.name.split(".")[0] for path in (self.folder / folder).iterdir()}

    def test_what_is_not_known_of_an_upload_keeps_no_picture_back(self):
        self.damage("UPDATE upload SET recipe_id = 99 WHERE imodel_id = ?")
        self.assertEqual(self.exported("all", 0), {IMODEL, OTHER})
        ended = self.locket("gallery", "-o", "page", "--json", code=1)
        self.assertEqual((ended.lines[-1]["summary"]["thumbnails"], ended.lines[-1]["summary"]["failed"]), (1, 1))
        shown = (self.folder / "page" / "thumbnails.js").read_text()
        self.assertIn(OTHER, shown)
        self.assertNotIn(IMODEL, shown)
        ended = self.locket("copy", "thumbnails.locket", "copy.locket", "--json", code=1)
        self.assertEqual(ended.lines[-1]["summary"], {"copied": 1, "unchanged": 0, "failed": 1, "access_copied": False})
        [told, summary] = self.locket("import", "--outdated", "--json", code=1).lines
        self.assertEqual((told["file"], told["code"]), (f"iModel {IMODEL}", "store_corrupt"))
        self.assertEqual(summary["summary"]["failed"], 1)
        self.assertEqual({damage["imodel_id"] for damage in self.locket("check", "--json", code=1).lines[0]["damaged"]}, {IMODEL})
        # Nothing is known of what it was made from, so it is made anew, and is whole again.
        self.assertEqual(self.locket("import", f"pictures/{IMODEL}.png", "--json").lines[0]["status"], "stored")
        self.locket("check")

    def test_a_damaged_entry_of_an_imodel_keeps_nothing_back_but_itself(self):
        self.damage("UPDATE imodel SET small_bytes = small_bytes + 1 WHERE imodel_id = ?")
        self.assertEqual(self.exported("rest", 1), {OTHER})
        self.write(f"pictures/{OTHER}.png", png(70, 50, (1, 2, 3)))
        ended = self.locket("import", "pictures", "--json", code=1)
        self.assertEqual({line["imodel_id"]: line["status"] for line in ended.lines[:2]}, {IMODEL: "failed", OTHER: "stored"})
        for _ in range(2):
            ended = self.locket("copy", "thumbnails.locket", "copy.locket", "--json", code=1)
            self.assertEqual(ended.lines[0]["imodel_id"], IMODEL)
            self.assertEqual(ended.lines[-1]["summary"]["failed"], 1)

    def test_an_upload_that_is_nobodys_is_named_and_can_be_removed(self):
        lost = "f" + IMODEL[1:]
        self.damage(f"UPDATE upload SET imodel_id = x'{uuid.UUID(lost).hex}' WHERE imodel_id = ?")
        self.assertEqual({damage["imodel_id"] for damage in self.locket("check", "--json", code=1).lines[0]["damaged"]}, {IMODEL, lost})
        self.locket("import", f"pictures/{IMODEL}.png")
        self.locket("remove", lost)
        self.locket("check")
        self.assertEqual(self.exported("all", 0), {IMODEL, OTHER})

    def test_facts_are_shown_without_an_imodel_whose_entry_is_damaged(self):
        self.locket("access", "load", EXAMPLES / "access.json")
        whole = self.locket("access", "show", "--whole", "--json").lines[0]
        self.damage("UPDATE imodel SET itwin_id = zeroblob(16) WHERE imodel_id = ?")
        ended = self.locket("access", "show", "--whole", "--json", code=1)
        self.assertIn(IMODEL, ended.err)
        self.assertEqual(len(ended.lines[0]["imodels"]), len(whole["imodels"]) - 1)

    def test_stats_count(self):
        [line] = self.locket("stats", "--json").lines
        self.assertEqual((line["imodels"], line["thumbnails"], line["pictures"], line["failures"]), (2, 2, 4, 0))
        self.assertEqual(sum(line["thumbnails_by_recipe"].values()), 2)
        self.assertGreater(line["file_bytes"], line["picture_bytes"])
        self.assertIn("thumbnails", self.locket("stats").out)

    def test_a_backup_is_a_whole_store(self):
        self.locket("backup", "copy.locket")
        self.assertEqual(self.locket("check", "--store", "copy.locket", "--json").lines[0], {"checked": 4, "damaged": []})

    def test_a_backup_replaces_an_older_one_and_nothing_else(self):
        self.locket("backup", "copy.locket")
        self.locket("remove", OTHER)
        self.locket("backup", "copy.locket")
        self.assertEqual(self.locket("stats", "--store", "copy.locket", "--json").lines[0]["thumbnails"], 1)
        letter = self.write("letter.txt", "Dear Alice, " * 20)
        before = letter.stat()
        told = self.locket("backup", "letter.txt", code=2).err
        self.assertIn("no backup was made at letter.txt: ", told)
        self.assertIn("stays as it is", told)
        after = letter.stat()
        self.assertEqual((letter.read_text(), after.st_ino, after.st_mtime_ns),
                         ("Dear Alice, " * 20, before.st_ino, before.st_mtime_ns))

    def test_a_copy_is_the_same_store_and_goes_on_where_it_was(self):
        self.locket("access", "load", program.EXAMPLES / "access.json")
        [line] = self.locket("copy", "thumbnails.locket", "copy.locket", "--json").lines
        self.assertEqual(line, {"summary": {"copied": 2, "unchanged": 0, "failed": 0, "access_copied": True}})
        self.store_one(OTHER, (9, 9, 9))
        [line] = self.locket("copy", "thumbnails.locket", "copy.locket", "--json").lines
        self.assertEqual(line["summary"], {"copied": 1, "unchanged": 1, "failed": 0, "access_copied": False})
        self.assertIn("2 there already", self.locket("copy", "thumbnails.locket", "copy.locket").out)
        for same in ("copy.locket", "./copy.locket"):
            self.assertIn("the same store", self.locket("copy", "copy.locket", same, code=2).err)
        for name in ("thumbnails.locket", "copy.locket"):
            self.locket("export", name + ".out", "--store", name)
        for file in (self.folder / "thumbnails.locket.out").iterdir():
            self.assertEqual(file.read_bytes(), (self.folder / "copy.locket.out" / file.name).read_bytes())
        self.locket("copy", "missing.locket", "copy.locket", code=2)

    def test_a_store_or_limiter_that_can_not_be_had_is_told(self):
        self.assertIn("rados:", self.locket("stats", "--store", "rados:no/where", code=2).err)
        self.locket("token", "keygen", "--out", "keys", "--algorithm", "ES256")
        for wrong in ("redis:", "redis::1", "redis:host", "redis:host:0", "redis:host:65536", "redis:host:1x", "memcached"):
            told = self.locket("fetch", IMODEL, "--keys", "keys/jwks.json", "--limiter", wrong, code=2)
            self.assertIn("--limiter must be", told.err)

    def test_a_backup_into_a_missing_folder_is_told(self):
        self.assertIn("backup", self.locket("backup", "missing/copy.locket", code=2).err)

    def test_export_writes_both_sizes_of_all(self):
        self.locket("export", "out")
        self.assertEqual(sorted(file.name for file in (self.folder / "out").iterdir()),
                         sorted(f"{imodel}.{size}.png" for imodel in (IMODEL, OTHER) for size in ("small", "large")))
        self.assertEqual(size_of(self.folder / "out" / f"{IMODEL}.small.png"), (400, 250))
        self.assertEqual(self.locket("export", "out", "--json").lines[-1], {"summary": {"exported": 2, "failed": 0}})

    def test_a_thumbnail_that_can_not_be_written_is_told_as_such(self):
        (self.folder / "out" / f"{IMODEL}.large.png").mkdir(parents=True)
        told = self.locket("export", "out", "--json", code=1).lines
        self.assertEqual([(line["imodel_id"], line["code"]) for line in told if "code" in line],
                         [(IMODEL, "file_not_writable")])

    def test_a_removed_thumbnail_is_gone_and_a_second_removal_says_so(self):
        self.assertEqual(self.locket("remove", IMODEL, "--json").lines, [{"imodel_id": IMODEL, "removed": True}])
        self.assertEqual(self.locket("remove", IMODEL, "--json", code=1).lines, [{"imodel_id": IMODEL, "removed": False}])
        self.assertEqual(self.locket("stats", "--json").lines[0]["thumbnails"], 1)
        self.assertIn("GUID", self.locket("remove", "nonsense", code=2).err)

    def test_failed_imports_are_forgotten_one_by_one_or_all(self):
        paths = [self.write(f"in/{name}.png", b"no picture") for name in "abc"]
        self.locket("import", "in", "--derive-ids", "--itwin", ITWIN, code=1)
        for path in paths:
            path.unlink()

        def failed():
            return [line["file"] for line in self.locket("stats", "--failures", "--json").lines]

        self.assertEqual(failed(), [str(path) for path in paths])
        self.assertIn("--failure", self.locket("stats").out)
        ended = self.locket("remove", "--failure", paths[0], "--failure", "in/never.png", "--json", code=1)
        self.assertEqual(ended.lines, [{"file": str(paths[0]), "removed": True}, {"file": "in/never.png", "removed": False}])
        self.assertEqual(failed(), [str(path) for path in paths[1:]])
        self.assertEqual(self.locket("remove", "--failure", "in/../in/b.png").out, f"{paths[1]}: forgotten\n")
        self.assertEqual(failed(), [str(paths[2])])
        self.assertEqual(self.locket("remove", OTHER, "--failures", "--json").lines,
                         [{"imodel_id": OTHER, "removed": True}, {"file": str(paths[2]), "removed": True}])
        self.assertEqual(failed(), [])
        self.assertNotIn("--failure", self.locket("stats").out)
        self.assertEqual(self.locket("remove", "--failures").out, "there are no failed imports\n")
        self.assertEqual(self.locket("stats", "--json").lines[0]["thumbnails"], 1)
        self.locket("remove", "--failures", "--failure", "in/c.png", code=2)
        self.assertIn("IMODEL", self.locket("remove", code=2).err)

    def test_a_damaged_list_of_failed_imports_keeps_nothing_else_up(self):
        for name in "abc":
            self.write(f"in/{name}.png", b"no picture")
        self.locket("import", "in", "--derive-ids", "--itwin", ITWIN, code=1)
        store = self.folder / "thumbnails.locket"
        data = store.read_bytes()
        self.assertIn(b"in/a.png", data)
        store.write_bytes(data.replace(b"in/a.png", b"in/z.png"))  # out of order
        self.locket("stats", "--failures", code=2)
        self.assertIn("the failed imports were not copied", self.locket("copy", store, "copy.locket", code=1).err)
        self.assertEqual(self.locket("stats", "--json", "--store", "copy.locket").lines[0]["thumbnails"], 2)
        [unread, ended] = self.locket("copy", store, "copy.locket", "--json", code=1).lines
        self.assertEqual((unread["failures"], unread["code"]), ("unread", "store_corrupt"))
        self.assertEqual((ended["summary"]["unchanged"], ended["summary"]["failed"]), (2, 0))
        self.assertIn("remove --failures", self.locket("remove", "--failure", "in/b.png", code=2).err)
        self.assertIn("is empty now", self.locket("remove", "--failures").out)
        self.assertEqual(self.locket("stats", "--failures", "--json").lines, [])
        self.locket("check")
        self.locket("copy", store, "copy.locket")

    def test_failed_imports_whose_paths_are_no_utf8_are_told_apart(self):
        names = [b"plain.png", b"\xe8.png", b"\xe9.png"]
        for name in names:
            with open(os.fsencode(self.folder) + b"/" + name, "wb") as file:
                file.write(b"no picture")
        self.locket("import", *map(os.fsdecode, names), "--derive-ids", "--itwin", ITWIN, code=1)
        told = self.locket("stats", "--failures", "--json").lines
        folder = os.fsencode(self.folder.resolve())
        self.assertEqual([line.get("file_hex") for line in told], [None, *((folder + b"/" + name).hex() for name in names[1:])])
        self.assertEqual([line["file"][-5:] for line in told], ["n.png", "\ufffd.png", "\ufffd.png"])
        self.locket("remove", "--failure", os.fsdecode(bytes.fromhex(told[1]["file_hex"])))
        self.assertEqual(self.locket("stats", "--failures", "--json").lines, [told[0], told[2]])

    def test_a_removed_thumbnail_leaves_the_default_picture_to_its_viewers(self):
        self.make_callers("alice")
        self.locket("remove", IMODEL)
        [line] = self.fetch(IMODEL, "alice", "-o", "default.png", "--json").lines
        self.assertEqual((line["status"], line["headers"]["X-Thumbnail-Source"]), (200, "default"))
        self.assertEqual(size_of(self.folder / "default.png"), (400, 250))


class Choice(program.ProgramCase):
    def test_the_store_is_the_option_else_the_environment_else_the_default(self):
        path = self.write(f"{IMODEL}.png", png(60, 60))
        words = ("import", path, "--itwin", ITWIN)
        self.locket(*words)
        self.locket(*words, environment={"LOCKET_STORE": "environment.locket"})
        self.locket(*words, "--store", "option.locket", environment={"LOCKET_STORE": "other.locket"})
        self.locket("--store", "front.locket", *words)
        self.assertEqual({file.name for file in self.folder.glob("*.locket")},
                         {"thumbnails.locket", "environment.locket", "option.locket", "front.locket"})

    def test_a_store_that_is_made_is_told(self):
        path = self.write(f"{IMODEL}.png", png(60, 60))
        for words in (("import", path, "--itwin", ITWIN, "--store", "first.locket"),
                      ("access", "load", program.EXAMPLES / "access.json", "--store", "second.locket"),
                      ("copy", "first.locket", "third.locket")):
            with self.subTest(words=words):
                told = f"locket: made a new, empty store: {words[-1]}\n"
                self.assertEqual(self.locket(*words).err, told)
                self.assertEqual(self.locket(*words).err, "")

    def test_reading_verbs_make_no_store(self):
        for verb in (("check",), ("stats",), ("export", "out"), ("remove", IMODEL), ("backup", "copy"), ("access", "show")):
            with self.subTest(verb=verb):
                told = self.locket(*verb, code=2).err
                self.assertIn("thumbnails.locket", told)
                for maker in ("import", "access load", "copy", "serve"):
                    self.assertIn(maker, told)
                self.assertFalse((self.folder / "thumbnails.locket").exists())

    def test_a_file_that_is_no_store_is_left_alone(self):
        self.write("thumbnails.locket", "a text that is no store, and long enough to be looked at " * 20)
        before = (self.folder / "thumbnails.locket").read_bytes()
        path = self.write(f"{IMODEL}.png", png(60, 60))
        self.locket("import", path, "--itwin", ITWIN, code=2)
        self.assertEqual((self.folder / "thumbnails.locket").read_bytes(), before)


class Usage(program.ProgramCase):
    VERBS = ("import", "render", "fetch", "serve", "access", "token", "check", "stats", "backup", "copy", "export", "gallery",
             "remove")
    PARTS = (("access", "load"), ("access", "show"), ("access", "explain"), ("token", "keygen"), ("token", "sign"))

    def test_help_names_every_verb_and_each_explains_itself_in_words(self):
        overview = self.locket("--help").out
        for words in (*((verb,) for verb in self.VERBS), *self.PARTS):
            with self.subTest(words=words):
                self.assertIn(words[0], overview)
                told = self.locket(*words, "--help").out
                self.assertEqual("\n  --store" in told, words[0] not in ("render", "token", "copy"))
                self.assertIn("--json", told)
                self.assertEqual("\n  --limiter" in told, words in (("fetch",), ("serve",)))
                self.assertNotRegex(told, r":\{|INT in \[|(PORT|N|FILE|off)=")  # as CLI11 would tell ranges and defaults

    def test_a_number_or_word_that_does_not_fit_is_told_with_those_that_do(self):
        for words, told in ((("render", "a.png", "--repeat"), "from 1 to 1,000,000"), (("copy", "a", "b", "--jobs"), "from 1 to 256"),
                            (("token", "sign", "--key", "k", "--sub", "s", "--client-id", "c", "--expires-in"), "from 1 to 4,294,967,295")):
            for number in ("-5", "0", "99999999999999999999", "1.5", "", "010", "1 ") if words[0] == "token" else ("-5",):
                ended = self.locket(*words, number, code=2)
                self.assertIn(f"{words[-1]}: must be a whole number {told}, not {number}\n", ended.err)
        told = self.locket("token", "keygen", "--out", "keys", "--algorithm", "HS256", code=2).err
        self.assertIn("--algorithm: must be one of RS256, PS256, ES256; not HS256\n", told)

    def test_names_that_begin_with_a_dash_stand_after_two_or_behind_a_folder(self):
        self.write("-a.png", png(60, 60))
        for words in (("render", "-a.png"), ("backup", "-copy"), ("access", "load", "-a.json"), ("remove", "-x")):
            with self.subTest(words=words):
                self.assertEqual("stands after --" in self.locket(*words, code=2).err, words[-1] != "-x")
        self.locket("render", "--output=-dir", "--", "-a.png")
        self.assertEqual(size_of(self.folder / "-dir/-a.small.png"), (400, 250))
        self.locket("import", "--store", "-s", "--derive-ids", "--itwin", ITWIN, "--", "-a.png")
        self.locket("backup", "--store", "-s", "--", "-copy")
        self.locket("export", "--store=-copy", "--", "-out")
        self.assertEqual(len(list((self.folder / "-out").iterdir())), 2)
        self.assertNotIn("stands after", self.locket("render", "--nonsense", code=2).err)

    def test_wrong_usage_ends_with_2_and_keeps_standard_output_empty(self):
        for words in (("paint",), ("import",), ("import", "a.png", "--nonsense"), ("fetch",), ("token",), ("access",),
                      ("import", "a.png", "--id", "x"), ("import", "a.png", "--jobs", "0"), ("export",)):
            with self.subTest(words=words):
                ended = self.locket(*words, code=2)
                self.assertEqual(ended.out, "")
                self.assertTrue(ended.err.startswith("locket: "), ended.err)

    def test_an_empty_name_is_wrong_usage_and_not_left_out(self):
        self.store_one()
        self.locket("token", "keygen", "--out", "keys", "--algorithm", "ES256")
        before = sorted(self.folder.rglob("*"))
        fetch = ("fetch", IMODEL, "--keys", "keys/jwks.json")
        for words in (("render", f"pictures/{IMODEL}.png", "-o", ""), (*fetch, "-o", ""), (*fetch, "--token-file", ""),
                      ("export", ""), ("gallery", "-o", ""), ("backup", ""), ("copy", "", "copy.locket"),
                      ("copy", "thumbnails.locket", ""), ("token", "keygen", "--out", "")):
            with self.subTest(words=words):
                self.assertIn(": must not be empty\n", self.locket(*words, code=2).err)
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def test_what_could_not_be_told_ends_with_2_also_where_items_failed(self):
        with open("/dev/full", "wb") as full:
            told = subprocess.run([program.PROGRAM, "import", "none.png", "--json"], cwd=self.folder, check=False, stdout=full,
                                  stderr=subprocess.PIPE, text=True)
        self.assertEqual(told.returncode, 2)
        self.assertIn("standard output could not be written", told.stderr)

    def test_a_closed_stream_gives_its_number_to_no_file(self):
        path = self.write(f"{IMODEL}.png", png(60, 60))
        for stream in (0, 1, 2):
            with self.subTest(stream=stream):
                store = self.folder / f"{stream}.locket"
                self.locket("import", path, "broken.png", "--itwin", ITWIN, "--store", store, code=2 if stream == 1 else 1,
                            before_start=lambda number=stream: os.close(number))
                self.assertEqual(store.with_name(store.name + "-lock").read_bytes(), b"")
                self.assertEqual(self.locket("check", "--store", store, "--json").lines, [{"checked": 2, "damaged": []}])
        self.locket("access", "load", "-", code=2, before_start=lambda: os.close(0))

    def test_a_limit_on_the_size_of_files_is_told_and_leaves_nothing_behind(self):
        told = self.locket("token", "keygen", "--out", "keys", code=2,
                           before_start=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
        self.assertIn("keys/private.pem can't be written: File too large", told.err)
        self.assertEqual(list((self.folder / "keys").iterdir()), [])

    def test_without_a_verb_it_tells_how_it_is_used(self):
        self.assertIn("import", self.locket(code=2).out)

    def test_the_version_names_what_is_linked(self):
        self.assertRegex(self.locket("--version").out, r"^locket \d+\.\d+\.\d+\n$")
        told = self.locket("--version", "--verbose").out
        for library in ("libpng", "SQLite", "OpenSSL"):
            self.assertIn(library, told)
        self.assertIn("WAL-reset bug", told)
        [line] = self.locket("--version", "--verbose", "--json").lines
        self.assertRegex(line["SQLite"], r"^3\.\d+\.\d+$")


if __name__ == "__main__":
    tap.run_module()

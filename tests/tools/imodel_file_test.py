#!/usr/bin/env python3
"""`locket import` of iModel and ViewStore files."""
import shutil
import sqlite3
import unittest
import uuid
import zlib

import program
import tap
from program import IMODEL, ITWIN, OTHER, png

CORPUS = program.CORPUS / "bim"


def read_table(path):
    """The rows of a .tsv file with a line of names, as dictionaries."""
    names, *rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [dict(zip(names, row)) for row in rows]


def saved_pictures(path):
    """The saved pictures of an iModel file, the one to take first, as SQLite itself reads them: a second reader."""
    database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        rows = database.execute("SELECT Id, RawSize, Data FROM be_Prop WHERE Namespace = 'dgn_View' AND Name = 'Thumbnail' "
                                "AND SubId = 0 ORDER BY Id").fetchall()
        chosen = database.execute("SELECT Data FROM be_Prop WHERE Namespace = 'dgn_View' AND Name = 'DefaultView' AND Id = 0 "
                                  "AND SubId = 0").fetchone()
        default = int.from_bytes(chosen[0], "little", signed=True) if chosen and isinstance(chosen[0], bytes) and len(chosen[0]) == 8 else None
    finally:
        database.close()
    rows.sort(key=lambda row: row[0] != default)
    return [zlib.decompress(data) if raw_size else data for _, raw_size, data in rows]


def own_ids(path):
    """The iModel's and the iTwin's id of an iModel file."""
    database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        found = dict(database.execute("SELECT Name, Data FROM be_Prop WHERE Namespace = 'be_Db'").fetchall())
    finally:
        database.close()
    ids = [found.get(name) for name in ("DbGuid", "ProjectGuid")]
    return [str(uuid.UUID(bytes=data)) if data and any(data) else None for data in ids]


PROPERTIES = ("PRAGMA application_id = 0x42654462; CREATE TABLE be_Prop (Namespace CHAR NOT NULL, Name CHAR NOT NULL, Id INT NOT "
              "NULL, SubId INT NOT NULL, TxnMode Int NOT NULL, StrData CHAR, RawSize INT, Data BLOB, PRIMARY KEY(Namespace, "
              "Name, Id, SubId));")


def view_store(path, pictures, default, has_properties=True):
    """Makes a ViewStore file of pictures by the ids of their views: with the properties that iTwin.js 5 gives it, which
    an iModel has as well, or without."""
    database = sqlite3.connect(path)
    if has_properties:
        database.executescript(PROPERTIES)
        database.executemany("INSERT INTO be_Prop VALUES (?, ?, 0, 0, 0, ?, NULL, ?)",
                             [("be_Db", "DbGuid", None, uuid.UUID(OTHER).bytes),
                              ("be_Db", "SchemaVersion", '{"major":3,"minor":1,"sub1":0,"sub2":2}', None),
                              ("SQLiteDb", "versions", '{"readVersion":"^4.0.0","writeVersion":"^4.0.0"}', None)])
    database.executescript("CREATE TABLE views(Id INTEGER PRIMARY KEY AUTOINCREMENT,json TEXT,owner TEXT,name TEXT NOT NULL COLLATE "
                           "NOCASE,className TEXT NOT NULL,private BOOLEAN NOT NULL,groupId INTEGER NOT NULL REFERENCES "
                           "viewGroups(Id) ON DELETE CASCADE,lastMod TIMESTAMP NOT NULL DEFAULT(julianday('now')),"
                           "UNIQUE(groupId,name));"
                           "CREATE TABLE viewGroups(Id INTEGER PRIMARY KEY AUTOINCREMENT,json TEXT,owner TEXT,name TEXT NOT NULL "
                           "COLLATE NOCASE,parent INTEGER NOT NULL REFERENCES viewGroups(Id) ON DELETE CASCADE,defaultViewId "
                           "INTEGER REFERENCES views(Id),lastMod TIMESTAMP NOT NULL DEFAULT(julianday('now')),UNIQUE(parent,name));"
                           "CREATE TRIGGER views_timestamp AFTER UPDATE ON views BEGIN UPDATE views SET lastMod=julianday('now') "
                           "WHERE rowid=new.rowid; END;"
                           "CREATE TABLE thumbnails(Id INTEGER PRIMARY KEY REFERENCES views (Id) ON DELETE CASCADE,json,owner,"
                           "data BLOB NOT NULL);")
    database.execute("INSERT INTO viewGroups (json, name, parent, defaultViewId) VALUES ('{}', 'Root', 1, ?)", (default,))
    database.executemany("INSERT INTO views (Id, json, name, className, private, groupId) VALUES (?, '{}', ?, 'spatial', 0, 1)",
                         [(view, f"view {view}") for view in pictures])
    database.executemany("INSERT INTO thumbnails VALUES (?, '{\"width\":40,\"height\":25,\"format\":\"png\"}', NULL, ?)",
                         list(pictures.items()))
    database.commit()
    database.close()


def imodel_file(path, picture, imodel=None, itwin=None):
    """Makes a small iModel file."""
    path.parent.mkdir(exist_ok=True)
    database = sqlite3.connect(path)
    database.executescript("PRAGMA user_version = 10;" + PROPERTIES)
    rows = [("dgn_View", "Thumbnail", 36, picture)]
    rows += [("be_Db", name, 0, uuid.UUID(guid).bytes) for name, guid in (("DbGuid", imodel), ("ProjectGuid", itwin)) if guid]
    database.executemany("INSERT INTO be_Prop VALUES (?, ?, ?, 0, 0, NULL, NULL, ?)", rows)
    database.commit()
    database.close()


class ImodelFiles(program.ProgramCase):
    def itwin_of(self, imodel):
        database = sqlite3.connect(self.folder / "thumbnails.locket")
        [found] = database.execute("SELECT itwin_id FROM imodel WHERE imodel_id = ?", (uuid.UUID(imodel).bytes,)).fetchone()
        database.close()
        return str(uuid.UUID(bytes=found))

    def exported(self, store, imodel):
        self.locket("export", "exported", "--store", store)
        return [(self.folder / f"exported/{imodel}.{size}.png").read_bytes() for size in ("small", "large")]

    def test_a_file_tells_its_own_ids_and_the_program_tells_that(self):
        imodel_file(self.folder / "a.bim", png(40, 25), IMODEL, ITWIN)
        ended = self.locket("import", "a.bim")
        self.assertIn(f"a.bim: iModel {IMODEL} from the file, iTwin {ITWIN} from the file", ended.out)
        self.assertEqual(self.itwin_of(IMODEL), ITWIN)

    def test_a_files_own_itwin_is_told_only_where_it_was_taken(self):
        self.write("a.png", png(40, 25))
        self.locket("import", "a.png", "--id", IMODEL, "--itwin", OTHER)
        imodel_file(self.folder / "a.bim", png(40, 26), IMODEL, ITWIN)
        self.assertIn(f"a.bim: iModel {IMODEL} from the file\n", self.locket("import", "a.bim").out)
        self.assertEqual(self.itwin_of(IMODEL), OTHER)

    def test_an_id_that_is_given_overrides_the_files_own(self):
        imodel_file(self.folder / "a.bim", png(40, 25), IMODEL, ITWIN)
        ended = self.locket("import", "a.bim", "--id", OTHER, "--itwin", OTHER)
        self.assertIn(f"a.bim: iModel {OTHER}\n", ended.out)
        self.assertEqual(self.itwin_of(OTHER), OTHER)

    def test_a_list_overrides_the_files_own_ids_where_it_has_some(self):
        imodel_file(self.folder / "a.bim", png(40, 25), IMODEL, ITWIN)
        imodel_file(self.folder / "b.bim", png(40, 26), IMODEL, ITWIN)
        self.write("list.tsv", f"\t\ta.bim\n{OTHER}\t{OTHER}\tb.bim\n")
        ended = self.locket("import", "list.tsv", "--json")
        self.assertEqual([line["imodel_id"] for line in ended.lines[:-1]], [IMODEL, OTHER])
        self.assertEqual((self.itwin_of(IMODEL), self.itwin_of(OTHER)), (ITWIN, OTHER))

    def test_a_file_without_ids_takes_them_from_its_name_and_the_call(self):
        imodel_file(self.folder / f"{IMODEL}.ibim", png(40, 25))
        imodel_file(self.folder / "b.bim", png(40, 25))
        ended = self.locket("import", ".", "--itwin", ITWIN, "--json", code=1)
        self.assertEqual([line["imodel_id"] for line in ended.lines[:-1]], [IMODEL, None])
        self.assertEqual(ended.lines[1]["code"], "argument_invalid")
        self.assertEqual(self.locket("import", "b.bim", "--itwin", ITWIN, "--derive-ids", "--json").lines[0]["imodel_id"][14], "5")

    def test_an_unknown_imodel_without_an_itwin_anywhere_fails(self):
        imodel_file(self.folder / "a.bim", png(40, 25), IMODEL)
        self.assertIn("--itwin", self.locket("import", "a.bim", "--json", code=1).lines[0]["reason"])

    def test_two_files_of_one_imodel_leave_the_first(self):
        imodel_file(self.folder / "a.bim", png(40, 25), IMODEL, ITWIN)
        imodel_file(self.folder / "b.bim", png(40, 26), IMODEL, ITWIN)
        self.write(f"c/{IMODEL}.png", png(40, 27))
        ended = self.locket("import", ".", "--json", code=1)
        self.assertEqual([line["status"] for line in ended.lines[:-1]], ["stored", "failed", "failed"])

    def test_a_file_that_tells_its_id_late_comes_before_a_picture_that_is_named_by_it(self):
        self.with_tables("a.bim", ["a"] * 3_000)  # which take long to read
        self.write(f"{IMODEL}.png", png(60, 60))
        for _ in range(3):
            ended = self.locket("import", "a.bim", f"{IMODEL}.png", "--itwin", ITWIN, "--dry-run", "--jobs", 4, "--json", code=1)
            self.assertEqual([line["status"] for line in ended.lines[:-1]], ["stored", "failed"])

    def test_a_file_that_is_named_twice_is_imported_once_and_is_no_failure(self):
        imodel_file(self.folder / "a.bim", png(40, 25), IMODEL, ITWIN)
        ended = self.locket("import", "a.bim", ".", "--json")
        self.assertEqual([line["status"] for line in ended.lines[:-1]], ["stored"])

    def test_a_second_import_of_the_same_file_is_unchanged_whatever_else_changed_in_it(self):
        imodel_file(self.folder / "a.bim", png(40, 25), IMODEL, ITWIN)
        self.locket("import", "a.bim")
        database = sqlite3.connect(self.folder / "a.bim")
        database.executescript("CREATE TABLE other (a)")
        database.close()
        self.assertEqual(self.locket("import", "a.bim", "--json").lines[0]["status"], "unchanged")

    def test_a_view_store_file_gives_the_default_views_picture_by_its_content_alone(self):
        for name, default, wanted in (("views.db", 7, (0, 162, 231)), ("none", None, (181, 230, 29)), ("dangling", 9, (181, 230, 29))):
            with self.subTest(name=name):
                view_store(self.folder / name, {5: png(40, 25), 7: png(40, 25, (0, 162, 231))}, default)
                self.write("wanted.png", png(40, 25, wanted))
                self.locket("import", name, "--id", IMODEL, "--itwin", ITWIN, "--store", "one")
                self.locket("import", "wanted.png", "--id", IMODEL, "--itwin", ITWIN, "--store", "two")
                self.assertEqual(self.exported("one", IMODEL), self.exported("two", IMODEL))

    def test_a_view_store_file_is_one_with_and_without_properties_and_its_own_guid_names_no_imodel(self):
        for name, has_properties in (("with.db", True), ("without.db", False)):
            with self.subTest(name=name):
                view_store(self.folder / name, {5: png(40, 25)}, 5, has_properties)
                line = self.locket("import", name, "--id", IMODEL, "--itwin", ITWIN, "--json", "--store", name + ".locket").lines[0]
                self.assertEqual((line["status"], line["imodel_id"]), ("stored", IMODEL))
                line = self.locket("import", name, "--itwin", ITWIN, "--json", code=1).lines[0]
                self.assertIsNone(line["imodel_id"])

    def test_a_picture_of_another_view_is_taken_only_where_it_is_whole(self):
        view_store(self.folder / "views", {5: png(40, 25)[:50], 7: png(40, 25, (0, 162, 231))}, None)
        self.locket("import", "views", "--id", IMODEL, "--itwin", ITWIN)
        view_store(self.folder / "broken", {5: png(40, 25)[:50], 7: png(40, 25, (0, 162, 231))}, 5)
        ended = self.locket("import", "broken", "--id", IMODEL, "--itwin", ITWIN, "--json", code=1)
        self.assertEqual(ended.lines[0]["code"], "saved_view_invalid")

    def test_a_file_that_says_it_has_a_log_leaves_nothing_beside_it(self):
        imodel_file(self.folder / "in.bim", png(40, 25), IMODEL, ITWIN)
        database = sqlite3.connect(self.folder / "in.bim")
        database.execute("PRAGMA journal_mode = WAL")
        database.close()
        (self.folder / "beside").mkdir()
        shutil.move(self.folder / "in.bim", self.folder / "beside/in.bim")
        self.locket("import", "beside/in.bim")
        self.assertEqual([path.name for path in (self.folder / "beside").iterdir()], ["in.bim"])

    def test_a_file_with_changes_that_were_not_written_back_is_refused(self):
        for mode, suffix in (("wal", "-wal"), ("delete", "-journal")):
            imodel_file(self.folder / mode / "a.bim", png(40, 25), IMODEL, ITWIN)
            self.write("list.tsv", f"\t\t{mode}/a.bim\n")
            writer = sqlite3.connect(self.folder / mode / "a.bim", isolation_level=None)
            self.addCleanup(writer.close)
            self.assertEqual(writer.execute(f"PRAGMA journal_mode = {mode}").fetchall(), [(mode,)])
            writer.execute("BEGIN IMMEDIATE")
            # More than is held in memory: the file itself is written to before the change is whole.
            writer.execute("UPDATE be_Prop SET Data = zeroblob(20000000) WHERE Name = 'Thumbnail'")
            if mode == "wal":
                writer.execute("COMMIT")
            self.assertGreater((self.folder / mode / f"a.bim{suffix}").stat().st_size, 0)
            before = sorted(path.name for path in (self.folder / mode).iterdir())
            for named in (f"{mode}/a.bim", mode, "list.tsv"):
                with self.subTest(mode=mode, named=named):
                    line = self.locket("import", named, "--json", code=1).lines[0]
                    self.assertEqual((line["code"], line["imodel_id"]), ("file_not_readable", None))
                    self.assertIn("close it in its program", line["reason"])
            self.assertEqual(sorted(path.name for path in (self.folder / mode).iterdir()), before)

    def test_a_log_or_journal_that_is_spent_keeps_no_file_from_being_read(self):
        imodel_file(self.folder / "in/a.bim", png(40, 25), IMODEL, ITWIN)
        self.write("in/a.bim-wal", b"")
        self.write("in/a.bim-journal", bytes(512))  # as journal_mode = PERSIST leaves it
        self.locket("import", "in/a.bim")
        (self.folder / "in/a.bim-wal").unlink()
        (self.folder / "in/a.bim-wal").symlink_to("elsewhere")
        self.refused("in/a.bim", "file_not_readable")
        # Its log would have too long a name for there to be one.
        name = "a" * 250 + ".bim"
        imodel_file(self.folder / "b.bim", png(40, 25), OTHER, ITWIN)
        (self.folder / "b.bim").rename(self.folder / name)
        self.locket("import", name)

    def refused(self, name, code):
        line = self.locket("import", name, "--json", code=1).lines[0]
        self.assertEqual(line["code"], code, line)

    def with_tables(self, name, definitions):
        """An iModel file with a good picture whose schema tells of more tables; all lie on the same page."""
        path = self.folder / name
        imodel_file(path, png(40, 25), IMODEL, ITWIN)
        database = sqlite3.connect(path)
        [page] = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'be_Prop'").fetchone()
        database.execute("PRAGMA writable_schema = ON")
        database.executemany("INSERT INTO sqlite_schema VALUES ('table', ?1, ?1, ?2, ?3)",
                             [(f"t{number}", page, f"CREATE TABLE t{number} ({text})") for number, text in enumerate(definitions)])
        database.commit()
        database.close()

    def test_a_file_of_many_tables_is_read_but_not_one_of_endless_tables(self):
        self.with_tables("many.bim", ["a"] * 3_000)
        self.locket("import", "many.bim")
        self.with_tables("endless.bim", ["a"] * 30_000)
        self.refused("endless.bim", "imodel_file_over_limit")

    def test_a_table_may_be_as_wide_and_its_definition_as_deep_as_sqlite_allows(self):
        columns = ", ".join(f"column_{number} TEXT CHECK (column_{number} <> '{'x' * 40}')" for number in range(2_000))
        self.assertGreater(len(columns), 100_000)
        self.with_tables("wide.bim", [columns, "a CHECK (a" + " + 1" * 500 + " > 0)", "a, " + " " * 900_000 + "b"])
        self.locket("import", "wide.bim")

    def test_a_schema_that_would_take_much_memory_is_refused(self):
        numbers = ",".join("1" * 7_000)
        self.with_tables("large.bim", [f"a DEFAULT (1 IN ({numbers}))"] * 500)
        self.refused("large.bim", "imodel_file_over_limit")
        numbers = ",".join("1" * 400_000)
        self.with_tables("larger.bim", [f"a DEFAULT (1 IN ({numbers}))"] * 50)
        self.refused("larger.bim", "imodel_file_over_limit")
        self.with_tables("long.bim", ["a, " + " " * 1_100_000 + "b"])
        self.refused("long.bim", "imodel_file_over_limit")

    def test_of_thousands_of_broken_pictures_only_some_are_looked_at(self):
        for count, code in ((60, 0), (1_000, 1)):
            path = self.folder / f"{count}.bim"
            imodel_file(path, png(40, 25), IMODEL, ITWIN)
            database = sqlite3.connect(path)
            database.executemany("INSERT INTO be_Prop VALUES ('dgn_View', 'Thumbnail', ?, 0, 0, NULL, -1, zeroblob(10000))",
                                 [(number - 2_000,) for number in range(count)])
            database.commit()
            database.close()
            ended = self.locket("import", path, "--json", code=code)
            self.assertEqual(ended.lines[0].get("code", "none"), "saved_view_invalid" if code else "none")


@unittest.skipUnless((CORPUS / "MANIFEST.tsv").is_file(), "the corpus of iModel files is not there")
class Corpus(program.ProgramCase):
    def copy_corpus(self):
        """Copies the files, and makes a list that gives each an id of its own."""
        rows = read_table(CORPUS / "MANIFEST.tsv")
        shutil.copytree(CORPUS, self.folder / "bim", ignore=lambda *_: ["MANIFEST.tsv"])
        (self.folder / "bim").chmod(0o755)
        ids = {row["file"]: str(uuid.uuid5(uuid.NAMESPACE_URL, row["file"])) for row in rows}
        self.write("list.tsv", "".join(f"{ids[name]}\t{ITWIN}\tbim/{name}\n" for name in ids))
        return rows, ids

    def contents(self):
        return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in (self.folder / "bim").iterdir()}

    def test_every_file_ends_as_the_manifest_says_and_nothing_appears_beside_them(self):
        rows, _ = self.copy_corpus()
        before = self.contents()
        choices = {row["file"]: row["outcome"] for row in read_table(program.SOURCE / "tests/data/imodel_file_choices.tsv")}
        ended = self.locket("import", "list.tsv", "--json", code=1)
        self.assertEqual([line["file"] for line in ended.lines[:-1]], ["bim/" + row["file"] for row in rows])
        for row, line in zip(rows, ended.lines):
            with self.subTest(file=row["file"]):
                outcome = "ok" if line["status"] == "stored" else line["code"]
                if row["expected"].startswith("policy"):
                    self.assertEqual(outcome, choices[row["file"]])
                else:
                    self.assertEqual(outcome == "ok", row["expected"].startswith("ok"), line)
        self.assertEqual(self.contents(), before)
        again = self.locket("import", "list.tsv", "--json", code=1).lines
        self.assertEqual({line["status"] for line in again[:-1]}, {"unchanged", "failed"})
        self.assertEqual(again[-1]["summary"]["failed"], ended.lines[-1]["summary"]["failed"])

    def test_what_is_stored_is_the_picture_that_a_second_reader_finds(self):
        rows, ids = self.copy_corpus()
        self.locket("import", "list.tsv", code=1)
        stored = {line["file"].rpartition("/")[2] for line in self.locket("import", "list.tsv", "--json", code=1).lines[:-1]
                  if line["status"] == "unchanged"}
        self.assertGreater(len(stored), 25)
        for name in stored:
            self.write(f"found/{ids[name]}.png", saved_pictures(CORPUS / name)[0])
        # Some of these are JPEG files: the name says only that it is a picture.
        self.locket("import", "found", "--itwin", ITWIN, "--store", "second")
        self.locket("export", "first.out")
        self.locket("export", "second.out", "--store", "second")
        names = sorted(path.name for path in (self.folder / "first.out").iterdir())
        self.assertEqual(names, sorted(path.name for path in (self.folder / "second.out").iterdir()))
        for name in names:
            self.assertEqual((self.folder / "first.out" / name).read_bytes(), (self.folder / "second.out" / name).read_bytes(), name)

    def test_the_real_files_give_their_own_ids(self):
        for name in ("JoesHouse.bim", "Properties_60InstancesWithUrl2.ibim", "test.bim", "test_wal_header.bim"):
            with self.subTest(file=name):
                imodel, _ = own_ids(CORPUS / name)
                line = self.locket("import", CORPUS / name, "--itwin", ITWIN, "--json", "--store", name).lines[0]
                self.assertEqual(line["imodel_id"], imodel)
        self.assertEqual(own_ids(CORPUS / "JoesHouse.bim")[0], IMODEL)


if __name__ == "__main__":
    tap.run_module()

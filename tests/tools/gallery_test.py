#!/usr/bin/env python3
"""Tests of `locket gallery`: what it writes, and the page in a real browser."""
import contextlib
import sqlite3
import time

import browser as chromium
from browser import By, Keys
from program import IMODEL, ITWIN, OTHER, ProgramCase, png, size_of, without_power_over_files
import tap

ENOUGH_S = 60


class GalleryFolder(ProgramCase):

    def test_holds_a_page_and_every_picture_in_both_sizes(self):
        self.store_one()
        told = self.locket("gallery", "-o", "out", "--json").lines
        self.assertEqual(told, [{"summary": {"page": "out/index.html", "thumbnails": 1, "failed": 0}}])
        names = sorted(str(path.relative_to(self.folder / "out")) for path in (self.folder / "out").rglob("*.*"))
        self.assertEqual(names, ["gallery.css", "gallery.js", "index.html", f"pictures/{IMODEL}.large.png",
                                 f"pictures/{IMODEL}.small.png", "thumbnails.js"])
        self.assertEqual(size_of(self.folder / f"out/pictures/{IMODEL}.large.png"), (800, 500))
        self.assertEqual(size_of(self.folder / f"out/pictures/{IMODEL}.small.png"), (400, 250))

    def test_forgets_what_was_removed_and_nothing_else(self):
        self.store_one()
        self.store_one(OTHER)
        self.locket("gallery", "-o", "out")
        self.write("out/pictures/mine.txt", "not ours")
        self.locket("remove", OTHER)
        self.locket("gallery", "-o", "out")
        left = sorted(path.name for path in (self.folder / "out/pictures").iterdir())
        self.assertEqual(left, [f"{IMODEL}.large.png", f"{IMODEL}.small.png", "mine.txt"])

    def test_a_damaged_picture_is_left_out(self):
        self.store_one()
        self.store_one(OTHER, (0, 162, 231))
        self.locket("export", "before")
        store = self.folder / "thumbnails.locket"
        data = bytearray(store.read_bytes())
        data[data.find((self.folder / "before" / f"{IMODEL}.large.png").read_bytes()[40:80]) + 5] ^= 1
        store.write_bytes(data)
        self.assertIn("1 thumbnail,", self.locket("gallery", "-o", "out", code=1).out)
        page = (self.folder / "out/thumbnails.js").read_text(encoding="utf-8")
        self.assertIn(OTHER, page)
        self.assertNotIn(IMODEL, page)

    def test_leaves_a_folder_alone_that_holds_anything_else(self):
        self.store_one()
        page = self.write("site/index.html", "<title>My site</title>")
        self.assertIn("site is not empty", self.locket("gallery", "-o", "site", code=2).err)
        self.assertEqual([path.name for path in page.parent.iterdir()], ["index.html"])
        self.locket("export", "exported/pictures")
        mine = sorted((self.folder / "exported").rglob("*"))
        self.locket("remove", IMODEL)
        self.assertIn("exported is not empty", self.locket("gallery", "-o", "exported", code=2).err)
        self.locket("gallery", "-o", ".", code=2)
        self.assertEqual(sorted((self.folder / "exported").rglob("*")), mine)

    def test_a_list_of_that_name_makes_no_gallery(self):
        self.store_one()
        self.write("other/thumbnails.js", "// somebody else's")
        page = self.write("other/index.html", "somebody else's")
        self.assertIn("other is not empty", self.locket("gallery", "-o", "other", code=2).err)
        self.assertEqual(page.read_text(), "somebody else's")
        self.assertFalse((self.folder / "other/pictures").exists())

    def test_pictures_elsewhere_are_not_taken_for_its_own(self):
        self.store_one()
        self.locket("gallery", "-o", "out")
        pictures = self.folder / "out/pictures"
        for elsewhere in (pictures.rename(self.folder / "mine"), self.write("letter.txt", "Dear Alice,")):
            pictures.symlink_to(elsewhere)
            before = {path: path.read_bytes() for path in [*elsewhere.glob("*"), elsewhere] if path.is_file()}
            self.assertIn("out/pictures is no folder", self.locket("gallery", "-o", "out", code=2).err)
            self.assertEqual({path: path.read_bytes() for path in before}, before)
            pictures.unlink()
        pictures.write_text("Dear Alice,")
        self.assertIn("out/pictures is no folder", self.locket("gallery", "-o", "out", code=2).err)
        self.assertEqual(pictures.read_text(), "Dear Alice,")

    def test_what_can_not_be_forgotten_is_told(self):
        self.store_one()
        self.locket("gallery", "-o", "out")
        self.locket("remove", IMODEL)
        pictures = self.folder / "out/pictures"
        for mode, told in ((0o555, "can't be removed"), (0o000, "can't be listed")):
            pictures.chmod(mode)
            self.assertIn(told, self.locket("gallery", "-o", "out", code=2, before_start=without_power_over_files).err)
        pictures.chmod(0o755)
        self.locket("gallery", "-o", "out")
        self.assertEqual(list(pictures.iterdir()), [])

    @contextlib.contextmanager
    def emptied(self, table):
        """The store with a table's root page filled with zeros."""
        store = self.folder / "thumbnails.locket"
        sound = store.read_bytes()
        with sqlite3.connect(store) as database:
            [[root]] = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", [table])
            [[page_bytes]] = database.execute("PRAGMA page_size")
        database.close()
        store.write_bytes(sound[:(root - 1) * page_bytes] + bytes(page_bytes) + sound[root * page_bytes:])
        yield
        for end in ("-wal", "-shm"):
            store.with_name(store.name + end).unlink(missing_ok=True)
        store.write_bytes(sound)

    def test_one_that_was_cut_off_is_made_anew(self):
        self.store_one()
        with self.emptied("upload"):
            self.locket("gallery", "-o", "out", code=2)
        self.assertTrue((self.folder / "out/thumbnails.js").exists())
        self.assertIn("1 thumbnail,", self.locket("gallery", "-o", "out").out)

    def test_shows_the_pictures_where_the_failed_imports_can_not_be_read(self):
        self.store_one()
        with self.emptied("failure"):
            ended = self.locket("gallery", "-o", "out", code=1)
        self.assertIn("1 thumbnail,", ended.out)
        self.assertIn("the page is without the failed imports", ended.err)
        self.assertIn(IMODEL, (self.folder / "out/thumbnails.js").read_text(encoding="utf-8"))

    def test_names_no_store_and_no_folder_clearly(self):
        self.assertIn("can't use the store", self.locket("gallery", "-o", "out", code=2).err)
        self.store_one()
        self.write("file", "in the way")
        self.assertIn("file", self.locket("gallery", "-o", "file/out", code=2).err)


class GalleryPage(ProgramCase):
    """The page, opened as a file, as people do."""

    def make(self, count):
        lines = []
        for number in range(count):
            imodel = f"{number:08x}-0000-4000-8000-00000000000a"
            name = self.write(f"in/picture {number}.png", png(80, 50, (number * 7 % 256, 120, 255 - number % 200)))
            lines.append(f"{imodel}\t{ITWIN}\t{name}\n")
        self.write("list.tsv", "".join(lines))
        self.locket("import", "list.tsv")
        self.locket("gallery", "-o", "out")
        return (self.folder / "out/index.html").as_uri()

    def cards(self, page):
        return page.find_elements(By.CSS_SELECTOR, "#pictures > li")

    def wait_for(self, what, told):
        end = time.monotonic() + ENOUGH_S
        while not what():
            self.assertLess(time.monotonic(), end, told)
            time.sleep(0.05)

    def loaded(self, page, selector):
        return page.execute_script(
            "return [...document.querySelectorAll(arguments[0])].every(image => image.complete && image.naturalWidth)",
            selector)

    def test_searches_opens_and_steps_with_the_keyboard(self):
        address = self.make(70)
        page = chromium.open_browser(self)
        page.get(address)
        self.assertEqual(page.find_element(By.ID, "count").text, "70 iModels")
        page.execute_script("window.scrollTo(0, document.body.scrollHeight)")
        self.wait_for(lambda: len(self.cards(page)) == 70, "scrolling shows the rest")
        page.find_element(By.TAG_NAME, "body").send_keys("/")
        page.switch_to.active_element.send_keys("0000002a")
        self.assertEqual(page.find_element(By.ID, "count").text, "1 of 70 iModels")
        search = page.find_element(By.ID, "search")
        search.clear()
        search.send_keys("picture 6.png")
        self.assertEqual(page.find_element(By.ID, "count").text, "7 of 70 iModels")
        page.find_element(By.CSS_SELECTOR, "#pictures button").send_keys(Keys.ENTER)
        title = page.find_element(By.ID, "viewer-title")
        first = title.text
        self.wait_for(lambda: self.loaded(page, "#viewer img"), "both sizes load")
        self.assertEqual(page.execute_script("return document.getElementById('large').naturalWidth"), 800)
        self.assertEqual(page.execute_script("return document.getElementById('small').naturalWidth"), 400)
        page.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
        self.assertNotEqual(title.text, first)
        page.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
        self.assertEqual(title.text, first)
        page.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.wait_for(lambda: not page.execute_script("return document.getElementById('viewer').open"), "Escape closes")
        search.clear()
        search.send_keys("no such picture")
        self.assertTrue(page.find_element(By.ID, "nothing").is_displayed())
        self.assertEqual(chromium.complaints(page), [])

    def test_an_address_names_a_picture(self):
        address = self.make(3)
        page = chromium.open_browser(self)
        page.get(address + "#00000001-0000-4000-8000-00000000000a")
        self.assertTrue(page.execute_script("return document.getElementById('viewer').open"))
        self.assertEqual(page.find_element(By.ID, "viewer-title").text, "picture 1.png")

    def test_fits_a_phone_and_a_wide_screen_light_and_dark(self):
        address = self.make(12)
        backgrounds = set()
        for name, size, dark in [("wide-light", chromium.WIDE, False), ("wide-dark", chromium.WIDE, True),
                                 ("phone-light", chromium.PHONE, False), ("phone-dark", chromium.PHONE, True)]:
            page = chromium.open_browser(self, size, dark)
            page.get(address)
            self.wait_for(lambda: self.loaded(page, "#pictures li:first-child img"), "the first picture loads")
            chromium.keep_screenshot(page, f"gallery-{name}")
            overhang = page.execute_script("return document.documentElement.scrollWidth - innerWidth")
            self.assertLessEqual(overhang, 0, name)
            backgrounds.add((dark, page.execute_script("return getComputedStyle(document.body).backgroundColor")))
            page.find_element(By.CSS_SELECTOR, "#pictures button").click()
            self.wait_for(lambda: self.loaded(page, "#viewer img"), "both sizes load")
            chromium.keep_screenshot(page, f"gallery-viewer-{name}")
            self.assertLessEqual(page.execute_script(
                "const v = document.getElementById('viewer'); return v.scrollWidth - v.clientWidth"), 0, name)
            page.quit()
        self.assertEqual(len(backgrounds), 2)

    def test_shows_the_pictures_beside_any_number_of_failures(self):
        address = self.make(1)
        failures = 200_000
        list_file = self.folder / "out/thumbnails.js"
        one = '{"file":"a.png","code":"picture_empty","reason":"no bytes"}'
        told = list_file.read_text(encoding="utf-8").replace('"failures": []', f'"failures": [{",".join([one] * failures)}]')
        list_file.write_text(told, encoding="utf-8")
        page = chromium.open_browser(self)
        page.get(address)
        self.assertEqual(len(self.cards(page)), 1)
        self.assertEqual(page.execute_script("return document.querySelectorAll('#failures li').length"), failures)
        self.assertEqual(chromium.complaints(page), [])

    def test_a_hostile_file_name_stays_text(self):
        hostile = "<img src=x onerror=alert(1)>.png"
        path = self.write(f"in/{hostile}", png(80, 50))
        self.locket("import", path, "--id", IMODEL, "--itwin", ITWIN)
        self.write("in/<b>broken</b>.png", "no picture")
        self.locket("import", self.folder / "in", "--derive-ids", "--itwin", ITWIN, code=1)
        self.locket("gallery", "-o", "out")
        page = chromium.open_browser(self)
        page.get((self.folder / "out/index.html").as_uri())
        self.assertIn(hostile, [name.text for name in page.find_elements(By.CLASS_NAME, "name")])
        page.find_element(By.CSS_SELECTOR, "#failures summary").click()
        self.assertIn("<b>broken</b>.png", page.find_element(By.CSS_SELECTOR, "#failures li").text)
        self.assertEqual(chromium.complaints(page), [])


if __name__ == "__main__":
    tap.run_module()

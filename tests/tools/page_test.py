#!/usr/bin/env python3
"""Tests of the page that `locket serve` shows, in a real browser."""
import base64
import time
import unittest

import browser as chromium
from browser import By, Keys
from program import IMODEL, png
from server import ANSWER_S, EMPTY, HIDDEN, Server
import tap

UPLOADABLE = IMODEL


class Page(unittest.TestCase):
    server: Server

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.folder_holder.cleanup)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, cls.server.errors()

    def open(self, user=None, size=chromium.WIDE, dark=False):
        page = chromium.open_browser(self, size, dark)
        page.get(self.server.url + "/")
        if user is not None:
            page.find_element(By.ID, "token").send_keys(self.server.token(user) + Keys.TAB + Keys.ENTER)
            self.wait_for(lambda: "visible" in page.find_element(By.ID, "count").text, "the list comes")
        return page

    def wait_for(self, what, told):
        end = time.monotonic() + ANSWER_S
        while not what():
            self.assertLess(time.monotonic(), end, told)
            time.sleep(0.05)

    def wait_for_pictures(self, page, selector):
        self.wait_for(lambda: page.execute_script(
            "const all = [...document.querySelectorAll(arguments[0])];"
            "return all.length > 0 && all.every(image => image.complete && image.naturalWidth)", selector),
            f"{selector} loads")

    def drop(self, page, target, data, media_type):
        """Drops a file as a hand would; a headless browser has no desktop to drag from."""
        page.execute_script("""
          const bytes = Uint8Array.from(atob(arguments[1]), (letter) => letter.charCodeAt(0));
          const dropped = new DataTransfer();
          dropped.items.add(new File([bytes], "dropped.png", { type: arguments[2] }));
          for (const type of ["dragover", "drop"]) {
            document.querySelector(arguments[0]).dispatchEvent(
              new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: dropped }));
          }""", target, base64.b64encode(data).decode(), media_type)

    def colour(self, page, selector):
        """The colour in the middle of a picture."""
        return page.execute_script("""
          const image = document.querySelector(arguments[0]);
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          return [...context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data].slice(0, 3)""", selector)

    def test_a_wrong_token_is_told_and_asked_for_again(self):
        page = self.open()
        page.find_element(By.ID, "token").send_keys("no token at all" + Keys.TAB + Keys.ENTER)
        self.assertIn("letters, digits", page.find_element(By.ID, "enter-fault").text)
        page.find_element(By.ID, "token").clear()
        page.find_element(By.ID, "token").send_keys("a.b.c" + Keys.TAB + Keys.ENTER)
        self.wait_for(lambda: "invalid access_token" in page.find_element(By.ID, "enter-fault").text, "the fault is told")

    def test_one_sees_what_the_token_may_see_and_learns_why_the_rest_is_hidden(self):
        page = self.open("alice")
        self.wait_for_pictures(page, "#pictures img")
        shown = page.find_element(By.ID, "pictures").text
        self.assertIn(IMODEL, shown)
        self.assertNotIn(HIDDEN, shown)
        page.find_element(By.ID, "hidden").send_keys(Keys.SPACE)
        self.wait_for(lambda: HIDDEN in page.find_element(By.ID, "pictures").text, "hidden ones are listed")
        hidden = [item.text for item in page.find_elements(By.CSS_SELECTOR, "#pictures > li") if HIDDEN in item.text]
        self.assertIn("alice", hidden[0])
        self.assertEqual(chromium.complaints(page), [])

    def test_the_keyboard_alone_searches_opens_and_closes(self):
        page = self.open("alice")
        self.wait_for_pictures(page, "#pictures img")
        page.find_element(By.TAG_NAME, "body").send_keys("/")
        page.switch_to.active_element.send_keys(IMODEL[:8])
        self.assertIn("1 of", page.find_element(By.ID, "count").text)
        page.find_element(By.CSS_SELECTOR, "#pictures > li:not([hidden]) button").send_keys(Keys.ENTER)
        self.wait_for_pictures(page, "#viewer img")
        self.assertEqual(page.execute_script("return document.getElementById('large').naturalWidth"), 800)
        self.wait_for(lambda: "Visible" in page.find_element(By.ID, "facts").text, "the reason is told")
        page.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.assertFalse(page.execute_script("return document.getElementById('viewer').open"))

    def hold(self, page, part, status=None):
        """Keeps back what the page asks for next under a path; with a status, answers with that and no more."""
        page.execute_script("""
          const [part, status] = arguments;
          window.realFetch ??= window.fetch;
          window.fetch = async (path, how) => {
            if (path.includes(part)) {
              if (status) return new Response("{}", { status });
              await new Promise((done) => addEventListener("release", done, { once: true }));
            }
            return window.realFetch(path, how);
          };""", part, status)

    def release(self, page):
        """Asks what was kept back, and all that comes."""
        page.execute_script("window.fetch = window.realFetch; dispatchEvent(new Event('release'))")

    def test_a_list_that_breaks_off_says_so_and_goes_on(self):
        page = self.open()
        self.hold(page, "/gallery/imodels?", 503)
        page.find_element(By.ID, "token").send_keys(self.server.token("alice") + Keys.TAB + Keys.ENTER)
        stalled = page.find_element(By.ID, "stalled")
        self.wait_for(stalled.is_displayed, "the fault is told")
        self.assertIn("503", stalled.text)
        self.assertNotIn("may see no iModel", page.find_element(By.TAG_NAME, "main").text)
        self.release(page)
        page.find_element(By.ID, "again").click()
        self.wait_for_pictures(page, "#pictures img")
        self.assertFalse(stalled.is_displayed())
        self.assertIn(IMODEL, page.find_element(By.ID, "pictures").text)

    def test_a_picture_that_failed_is_told_though_others_came(self):
        page = self.open()
        self.hold(page, f"/imodels/{EMPTY}/thumbnail", 503)
        page.find_element(By.ID, "token").send_keys(self.server.token("alice") + Keys.TAB + Keys.ENTER)
        self.wait_for(lambda: "503" in page.find_element(By.ID, "notice").text, "the fault is told")
        self.wait_for_pictures(page, f"#pictures img[data-id='{IMODEL}']")
        self.assertIn("503", page.find_element(By.ID, "notice").text)

    def test_a_late_answer_is_shown_for_nothing_else(self):
        page = self.open("alice")
        self.wait_for_pictures(page, "#pictures img")
        self.hold(page, HIDDEN)
        search = page.find_element(By.ID, "search")
        search.send_keys(HIDDEN)
        search.clear()
        other = "66666666-6666-4666-8666-666666666666"
        search.send_keys(other)
        nothing = page.find_element(By.ID, "nothing")
        self.wait_for(lambda: "no such iModel" in nothing.text, "the last is explained")
        self.release(page)
        time.sleep(1)
        self.assertNotIn(HIDDEN, nothing.text)
        self.assertEqual(len(nothing.find_elements(By.CLASS_NAME, "why")), 1)

    def test_who_steps_to_and_fro_sees_each_fact_once(self):
        page = self.open("alice")
        self.wait_for_pictures(page, "#pictures img")
        self.hold(page, "/gallery/imodels/")
        page.find_element(By.CSS_SELECTOR, "#pictures button").click()
        for key in (Keys.ARROW_RIGHT, Keys.ARROW_LEFT):
            page.switch_to.active_element.send_keys(key)
        self.release(page)
        self.wait_for(lambda: "Visible" in page.find_element(By.ID, "facts").text, "the reason is told")
        time.sleep(1)
        names = [name.text for name in page.find_elements(By.CSS_SELECTOR, "#facts dt")]
        self.assertEqual(names, ["iTwin", "Picture", "Visible", "Fixed"])

    def test_a_picture_dropped_on_its_card_replaces_it(self):
        page = self.open("olivia")
        self.wait_for_pictures(page, "#pictures img")
        card = page.execute_script(
            "return [...document.querySelectorAll('#pictures > li')].findIndex(li => li.textContent.includes(arguments[0]))",
            UPLOADABLE)
        image = f"#pictures > li:nth-child({card + 1}) img"
        self.drop(page, f"#pictures > li:nth-child({card + 1}) button", png(500, 500, (0, 162, 231)), "image/png")
        self.assertEqual(page.find_element(By.ID, "upload-id").get_attribute("value"), UPLOADABLE)
        self.assertIn("dropped.png", page.find_element(By.ID, "chosen").text)
        page.find_element(By.CSS_SELECTOR, "#upload-form .main").click()
        told = page.find_element(By.ID, "upload-told")
        self.wait_for(lambda: told.text.startswith("Stored"), "the upload is told")
        self.wait_for(lambda: self.colour(page, image) == [0, 162, 231], "the new picture shows")

    def test_a_refused_upload_says_why(self):
        page = self.open("olivia")
        self.drop(page, "body", b"no picture", "image/png")
        page.find_element(By.ID, "upload-id").send_keys(UPLOADABLE)
        page.find_element(By.CSS_SELECTOR, "#upload-form .main").click()
        told = page.find_element(By.ID, "upload-told")
        self.wait_for(lambda: "Invalid Thumbnail format" in told.text, "the fault is told")

    def test_fits_a_phone_and_a_wide_screen_light_and_dark(self):
        for name, size, dark in [("wide-light", chromium.WIDE, False), ("wide-dark", chromium.WIDE, True),
                                 ("phone-light", chromium.PHONE, False), ("phone-dark", chromium.PHONE, True)]:
            page = self.open(None, size, dark)
            chromium.keep_screenshot(page, f"page-enter-{name}")
            page.quit()
            page = self.open("olivia", size, dark)
            page.find_element(By.ID, "hidden").send_keys(Keys.SPACE)
            self.wait_for_pictures(page, "#pictures img")
            self.wait_for(lambda: "hidden" in page.find_element(By.ID, "count").text, "hidden ones are counted")
            chromium.keep_screenshot(page, f"page-{name}")
            self.assertLessEqual(page.execute_script("return document.documentElement.scrollWidth - innerWidth"), 0, name)
            page.find_element(By.CSS_SELECTOR, "#pictures button").click()
            self.wait_for_pictures(page, "#viewer img")
            self.wait_for(lambda: "Visible" in page.find_element(By.ID, "facts").text, "the reason is told")
            chromium.keep_screenshot(page, f"page-viewer-{name}")
            page.find_element(By.ID, "replace").click()
            chromium.keep_screenshot(page, f"page-upload-{name}")
            page.quit()


if __name__ == "__main__":
    tap.run_module()

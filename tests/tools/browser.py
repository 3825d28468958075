"""A real Chromium without a window, for the tests of pages."""
import os
import pathlib
import shutil
import unittest

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = By = Keys = None

WIDE = (1440, 900)
PHONE = (390, 844)


def open_browser(case, size=WIDE, dark=False):
    """Gives a browser that closes with the case; skips the case where there is none."""
    if webdriver is None or shutil.which("chromedriver") is None or shutil.which("chromium") is None:
        raise unittest.SkipTest("needs Debian's chromium, chromium-driver and python3-selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    # No sandbox: the tests run as root where continuous integration does.
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    case.addCleanup(browser.quit)
    browser.set_page_load_timeout(120)
    browser.set_script_timeout(120)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 600})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
    return browser


def keep_screenshot(browser, name):
    """Writes a screenshot into the folder LOCKET_SCREENSHOTS, where that is set, for a person to look at."""
    folder = os.environ.get("LOCKET_SCREENSHOTS")
    if folder:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        browser.save_screenshot(str(pathlib.Path(folder) / f"{name}.png"))


def complaints(browser):
    """What the browser's console holds against the page."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

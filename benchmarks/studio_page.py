"""Studio's page in a real browser: how soon a click is answered and how often the picture is new, while a net trains.

    python -m benchmarks.studio_page [--recipe spiral] [--seconds 30]

Chromium opens the page of a Studio on the same machine, and trains the recipe as fast as it goes, anew whenever it
ends. Every second and a bit a click pauses or goes on; it is answered when the word beside the epoch has changed. A
picture is new when the number of the epoch, or of the batch, is another one. Chromium and Studio share the cores, as
they do on a laptop. Asked are 150 ms for a click, and 10 pictures a second of the spiral, 2 of mnist-cnn2.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import tempfile
import time
import urllib.error
import urllib.request

import numpy as np
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from benchmarks.studio import serve

# What counts in the page: times of clicks until their answer, and between two pictures while the net trains.
WATCH = """
window.measured = { clicks: [], pictures: [] };
const word = document.getElementById("word"), progress = document.querySelector(".heading .progress");
let asked = 0, before = word.textContent, last = 0;
const shown = () => progress.textContent.replace(word.textContent, "");
let picture = shown();
new MutationObserver(() => {
  const now = performance.now();
  if (asked && word.textContent !== before) {
    measured.clicks.push(now - asked);
    asked = 0;
  }
  if (shown() !== picture) {
    if (last) measured.pictures.push(now - last);
    picture = shown();
    last = now;
  }
}).observe(progress, { subtree: true, childList: true, characterData: true });
window.poke = () => {
  before = word.textContent;
  asked = performance.now();
  last = 0;
  document.getElementById("play").click();
};
"""


def main() -> None:
    """Read the options, measure, and print."""
    parser = argparse.ArgumentParser(description="Studio's page in a real browser.")
    parser.add_argument("--recipe", default="spiral")
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, address = serve(os.sched_getaffinity(0), 1, folder)
        try:
            _answering(address)
            clicks, pictures = _measured(address, options.recipe, options.seconds)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    print(f"{len(clicks)} clicks: median {np.median(clicks):.0f} ms, 95 % within {np.quantile(clicks, 0.95):.0f} ms")
    print(f"pictures a second: {1000 / pictures.mean():.1f}; 95 % after {np.quantile(pictures, 0.95):.0f} ms")
    print(f"load average: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores")


def _answering(address: str) -> None:
    for _try in range(300):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)


def _measured(address: str, recipe: str, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the milliseconds from each click to its answer, and between pictures."""
    options = webdriver.ChromeOptions()
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--window-size=1280,720",
        "--lang=en",
    ):
        options.add_argument(argument)
    page = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        page.get(address)
        _wait(page, "return document.querySelector('#word')?.textContent === 'ready'")
        if recipe != "spiral":
            page.find_element("id", "recipes").click()
            _wait(page, f"return document.getElementById('recipe-{recipe}')")
            page.execute_script(f"document.getElementById('recipe-{recipe}').click()")
            _wait(page, f"return document.querySelector('#recipes span').textContent === '{recipe}'")
        page.execute_script(
            "const it = document.getElementById('speed'); it.value = 'full'; it.dispatchEvent(new Event('change'));"
            + WATCH
        )
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            page.execute_script("poke()")
            time.sleep(1.3)
        found = page.execute_script("return measured")
    finally:
        page.quit()
    return np.array(found["clicks"]), np.array(found["pictures"])


def _wait(page: webdriver.Chrome, true: str) -> None:
    end = time.monotonic() + 90
    while not page.execute_script(true):
        if time.monotonic() > end:
            raise TimeoutError(true)
        time.sleep(0.1)


if __name__ == "__main__":
    main()

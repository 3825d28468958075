"""Pillow, serving the commands that contender.hpp describes.

A JPEG is reduced while it is decoded (`draft`), and the resize may pre-reduce by whole factors, both as
`Image.thumbnail` does; Lanczos; PNG with the defaults of `save`.
"""
import io
import sys
import time

import PIL
from PIL import Image

SMALL, LARGE = (400, 250), (800, 500)


def png_of(image):
    """The PNG file of a picture."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def render(upload):
    """One unit of work: the bytes of a picture to the bytes of both PNGs, small and large."""
    image = Image.open(io.BytesIO(upload))
    image.draft(None, LARGE)
    image.load()
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode not in ("L", "LA", "RGB", "RGBA"):
        image = image.convert("RGB")
    large = image.resize(LARGE, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small = large.resize(SMALL, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return png_of(small), png_of(large)


class Session:
    """What was opened and rendered last."""

    def __init__(self):
        self.upload, self.pngs = b"", None

    def open(self, path):
        """Reads a file."""
        with open(path, "rb") as file:
            self.upload = file.read()
        self.pngs = None
        return "ok"

    def render(self, count):
        """Renders it, and tells the wall and CPU time of each rendering."""
        times = []
        for _ in range(int(count)):
            wall, cpu = time.perf_counter_ns(), time.process_time_ns()
            self.pngs = render(self.upload)
            cpu_ns, wall_ns = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
            times += [wall_ns, cpu_ns]
        return " ".join(["ok", *map(str, times)])

    def save(self, prefix):
        """Writes both PNGs of the last rendering."""
        for png, size in zip(self.pngs, ("small", "large")):
            with open(f"{prefix}.{size}.png", "wb") as file:
                file.write(png)
        return f"ok {len(self.pngs[0])} {len(self.pngs[1])}"


def main():
    if sys.argv[1:] == ["version"]:
        print(PIL.__version__)
        return
    session = Session()
    commands = {"open": session.open, "render": session.render, "save": session.save}
    for line in sys.stdin:
        command, _, argument = line.rstrip("\n").partition(" ")
        try:
            answer = commands[command](argument)
        except Exception as error:  # whatever goes wrong is an answer, so that the comparison can go on
            answer = f"error {type(error).__name__} {error}"
        print(" ".join(answer.split()), flush=True)


if __name__ == "__main__":
    main()

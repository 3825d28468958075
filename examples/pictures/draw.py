#!/usr/bin/env python3
"""Draws the example pictures beside it: a house, a bridge, a town and, with a transparent ground, a tank farm.

Needs nothing but Python. Run it to draw them again: ./examples/pictures/draw.py
"""
import math
import pathlib
import struct
import zlib

SCALE = 3  # drawn so many times larger, and averaged down: soft edges


class Canvas:
    """A picture of RGBA samples, drawn with filled polygons in premultiplied colours."""

    def __init__(self, width, height, top=(0, 0, 0, 0), bottom=None):
        self.width, self.height = width, height
        bottom = bottom or top
        self.rows = []
        for y in range(height * SCALE):
            part = y / (height * SCALE)
            colour = bytes(round(a + (b - a) * part) for a, b in zip(top, bottom))
            self.rows.append(bytearray(colour * (width * SCALE)))

    def polygon(self, points, colour):
        """Fills a polygon by the even-odd rule. Colour: red, green, blue."""
        points = [(x * SCALE, y * SCALE) for x, y in points]
        sample = bytes((*colour, 255))
        first = max(0, math.floor(min(y for _, y in points)))
        last = min(len(self.rows), math.ceil(max(y for _, y in points)))
        for y in range(first, last):
            middle = y + 0.5
            crossings = sorted(
                x0 + (middle - y0) * (x1 - x0) / (y1 - y0)
                for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1])
                if (y0 <= middle) != (y1 <= middle))
            for left, right in zip(crossings[::2], crossings[1::2]):
                begin = max(0, min(self.width * SCALE, round(left)))
                end = max(begin, min(self.width * SCALE, round(right)))
                self.rows[y][begin * 4:end * 4] = sample * (end - begin)

    def line(self, start, end, colour, width=2.0):
        """A straight line of a width in pixels."""
        (x0, y0), (x1, y1) = start, end
        length = math.hypot(x1 - x0, y1 - y0) or 1
        dx, dy = (y1 - y0) / length * width / 2, (x0 - x1) / length * width / 2
        self.polygon([(x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)], colour)

    def ellipse(self, centre, radius, colour):
        """A filled ellipse; radius: across, down."""
        steps = [i * math.tau / 72 for i in range(72)]
        self.polygon([(centre[0] + radius[0] * math.cos(a), centre[1] + radius[1] * math.sin(a)) for a in steps], colour)

    def averaged(self):
        """The rows in their final size, as straight (not premultiplied) RGBA."""
        for y in range(self.height):
            sums = [sum(column) for column in zip(*self.rows[y * SCALE:(y + 1) * SCALE])]
            row = bytearray()
            for x in range(0, len(sums), 4 * SCALE):
                red, green, blue, alpha = (sum(sums[x + c:x + 4 * SCALE:4]) for c in range(4))
                if alpha:
                    row += bytes(min(255, round(value * 255 / alpha)) for value in (red, green, blue))
                else:
                    row += b"\0\0\0"
                row.append(round(alpha / SCALE / SCALE))
            yield bytes(row)

    def save(self, path, transparent=False):
        """Writes a PNG, RGB or RGBA."""
        data = bytearray()
        for row in self.averaged():
            if not transparent:
                row = b"".join(row[i:i + 3] for i in range(0, len(row), 4))
            data += b"\1" + subtracted(row, 4 if transparent else 3)

        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 6 if transparent else 2, 0, 0, 0)
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(data), 9)) +
                         chunk(b"IEND", b""))


def subtracted(row, step):
    """A row after the PNG filter Sub."""
    return bytes((value - (row[i - step] if i >= step else 0)) & 255 for i, value in enumerate(row))


def shade(colour, factor):
    return tuple(min(255, round(value * factor)) for value in colour)


class Site:
    """A ground seen from above at an angle: x to the lower right, y to the lower left, z up."""

    def __init__(self, canvas, origin, unit):
        self.canvas, self.origin, self.unit = canvas, origin, unit

    def at(self, x, y, z=0.0):
        return (self.origin[0] + (x - y) * 0.87 * self.unit, self.origin[1] + ((x + y) * 0.5 - z) * self.unit)

    def face(self, corners, colour):
        self.canvas.polygon([self.at(*corner) for corner in corners], colour)

    def box(self, corner, size, colour):
        (x, y, z), (a, b, c) = corner, size
        self.face([(x, y + b, z), (x + a, y + b, z), (x + a, y + b, z + c), (x, y + b, z + c)], shade(colour, 0.85))
        self.face([(x + a, y, z), (x + a, y + b, z), (x + a, y + b, z + c), (x + a, y, z + c)], shade(colour, 0.62))
        self.face([(x, y, z + c), (x + a, y, z + c), (x + a, y + b, z + c), (x, y + b, z + c)], shade(colour, 1.1))

    def windows(self, corner, size, count, colour):
        """Rows of windows on the two walls of a box that are seen."""
        (x, y, z), (a, b, c) = corner, size
        across, up = count
        for i in range(across):
            for j in range(up):
                low, high = z + c * (j + 0.3) / up, z + c * (j + 0.75) / up
                u, v = x + a * (i + 0.25) / across, x + a * (i + 0.75) / across
                self.face([(u, y + b, low), (v, y + b, low), (v, y + b, high), (u, y + b, high)], colour)
                u, v = y + b * (i + 0.25) / across, y + b * (i + 0.75) / across
                self.face([(x + a, u, low), (x + a, v, low), (x + a, v, high), (x + a, u, high)], shade(colour, 0.75))

    def tree(self, x, y, size):
        foot, top = self.at(x, y), self.at(x, y, size)
        self.canvas.line(foot, top, (110, 78, 48), self.unit * 0.12)
        for lift, radius, colour in ((0.9, 0.55, (52, 110, 60)), (1.2, 0.45, (70, 138, 74)), (1.5, 0.3, (96, 166, 92))):
            centre = self.at(x, y, size * lift)
            self.canvas.ellipse(centre, (size * radius * self.unit, size * radius * self.unit), colour)

    def tank(self, x, y, radius, height, colour):
        foot, top = self.at(x, y), self.at(x, y, height)
        across, down = radius * 1.23 * self.unit, radius * 0.71 * self.unit
        for i in range(24):  # upright stripes, lit from the left
            a, b = math.pi * (1 - i / 24), math.pi * (1 - (i + 1) / 24)
            u = [(c[0] + across * math.cos(t), c[1] + down * math.sin(t)) for c in (foot, top) for t in (a, b)]
            self.canvas.polygon([u[0], u[1], u[3], u[2]], shade(colour, 1.05 - 0.5 * i / 24))
        self.canvas.ellipse(top, (across, down), shade(colour, 1.15))
        self.canvas.ellipse(top, (across * 0.92, down * 0.92), shade(colour, 1.02))


def house():
    canvas = Canvas(1200, 900, (134, 184, 226, 255), (232, 240, 246, 255))
    site = Site(canvas, (600, 380), 86)
    site.face([(-4, -4, 0), (6, -4, 0), (6, 6, 0), (-4, 6, 0)], (140, 176, 104))
    site.face([(3, 1, 0), (6, 1, 0), (6, 2, 0), (3, 2, 0)], (196, 188, 172))
    site.tree(-2.4, 1.2, 1.5)
    site.tree(0.6, -2.6, 1.2)
    site.box((-1, -1, 0), (4, 3.4, 2.2), (226, 208, 178))
    site.windows((-1, -1, 0), (4, 3.4, 2.2), (4, 2), (92, 132, 168))
    site.face([(3, 1.05, 0), (3, 1.75, 0), (3, 1.75, 1.1), (3, 1.05, 1.1)], (104, 60, 42))
    site.face([(-1, -1, 2.2), (3, -1, 2.2), (3, 2.4, 2.2), (-1, 2.4, 2.2)], (176, 158, 130))
    ridge = [(-1.3, 0.7, 3.7), (3.3, 0.7, 3.7)]
    site.face([(-1.3, -1.3, 2.1), (3.3, -1.3, 2.1), ridge[1], ridge[0]], (132, 56, 44))
    site.face([(3, -1, 2.2), (3, 2.4, 2.2), (3, 0.7, 3.55)], (176, 158, 130))
    site.face([(-1.3, 2.7, 2.1), (3.3, 2.7, 2.1), ridge[1], ridge[0]], (178, 74, 56))
    site.box((0.2, 0.3, 3.0), (0.5, 0.5, 1.2), (150, 96, 80))
    site.tree(4.6, 4.4, 1.3)
    site.tree(-0.6, 4.6, 1.1)
    return canvas


def bridge():
    canvas = Canvas(1600, 700, (250, 206, 150, 255), (112, 148, 190, 255))
    canvas.ellipse((1180, 330), (70, 70), (255, 240, 200))
    hills = [(x, 400 - 50 * math.sin(x / 170) - 26 * math.sin(x / 61)) for x in range(0, 1601, 20)]
    canvas.polygon([*hills, (1600, 480), (0, 480)], (108, 112, 140))
    canvas.polygon([(0, 470), (1600, 470), (1600, 700), (0, 700)], (64, 96, 138))
    for i in range(60):
        y = 484 + (i * 53) % 200
        x = (i * 397) % 1600
        canvas.line((x, y), (x + 40 + y / 8, y), (96, 130, 170), 2)
    deck = 430
    for tower in (420, 1180):
        for side in (-14, 14):
            canvas.polygon([(tower + side - 7, 600), (tower + side + 7, 600), (tower + side + 5, 130),
                            (tower + side - 5, 130)], (150, 52, 44))
        for y in (150, 240, 330):
            canvas.polygon([(tower - 18, y), (tower + 18, y), (tower + 18, y + 12), (tower - 18, y + 12)], (128, 42, 36))
        canvas.polygon([(tower - 44, 590), (tower + 44, 590), (tower + 52, 640), (tower - 52, 640)], (120, 116, 112))

    def cable(x):
        if 420 <= x <= 1180:
            return 138 + 262 * (1 - ((x - 800) / 380) ** 2)
        return 138 + (deck - 138) * (420 - x) / 420 if x < 420 else 138 + (deck - 138) * (x - 1180) / 420

    for x in range(20, 1600, 20):
        canvas.line((x, cable(x)), (x, deck), (168, 84, 70), 1.4)
    for x in range(0, 1600, 10):
        canvas.line((x, cable(x)), (x + 10, cable(x + 10)), (150, 52, 44), 6)
    canvas.polygon([(0, deck), (1600, deck), (1600, deck + 20), (0, deck + 20)], (92, 44, 40))
    canvas.polygon([(0, deck), (1600, deck), (1600, deck + 5), (0, deck + 5)], (190, 92, 76))
    return canvas


def town():
    canvas = Canvas(1280, 800, (238, 242, 246, 255), (206, 216, 226, 255))
    site = Site(canvas, (640, 150), 46)
    site.face([(-1, -1, 0), (13, -1, 0), (13, 13, 0), (-1, 13, 0)], (178, 186, 178))
    for road in (3, 7):
        site.face([(-1, road + 0.2, 0), (13, road + 0.2, 0), (13, road + 0.8, 0), (-1, road + 0.8, 0)], (120, 124, 130))
        site.face([(road + 0.2, -1, 0), (road + 0.8, -1, 0), (road + 0.8, 13, 0), (road + 0.2, 13, 0)], (120, 124, 130))
    colours = [(214, 206, 196), (176, 198, 214), (220, 190, 160), (196, 206, 184), (200, 180, 196)]
    for x in range(0, 12):
        for y in range(0, 12):
            if x in (3, 7) or y in (3, 7):
                continue
            kind = (x * 7 + y * 13 + x * y) % 11
            if kind in (0, 4):
                site.tree(x + 0.5, y + 0.5, 0.55)
                continue
            height = 0.6 + kind * 0.35 + (3.0 if (x, y) in ((5, 5), (8, 2), (2, 9)) else 0)
            corner, size = (x + 0.12, y + 0.12, 0), (0.76, 0.76, height)
            site.box(corner, size, colours[(x + 2 * y) % 5])
            site.windows(corner, size, (3, max(1, round(height * 3))), (88, 112, 138))
    return canvas


def tanks():
    canvas = Canvas(900, 960)
    site = Site(canvas, (450, 620), 60)
    site.face([(-3, -3, 0), (5.2, -3, 0), (5.2, 5.2, 0), (-3, 5.2, 0)], (172, 170, 162))
    site.tank(0.6, -2.4, 0.3, 9.0, (186, 92, 76))
    for x, y, radius, height, colour in ((-1.2, -1.2, 1.1, 6.4, (206, 212, 218)), (2.2, -1.4, 1.3, 2.6, (190, 204, 214)),
                                         (-1.5, 2.2, 1.3, 2.6, (216, 206, 190)), (2.2, 2.2, 1.7, 2.0, (224, 222, 214))):
        site.tank(x, y, radius, height, colour)
    for lift in (0.35, 0.6, 0.85):
        canvas.line(site.at(-2.6, 4.4, lift), site.at(4.6, 4.4, lift), (196, 120, 48), 9)
        canvas.line(site.at(4.6, -2.4, lift), site.at(4.6, 4.4, lift), (150, 86, 30), 9)
    for step in range(7):
        canvas.line(site.at(-2.4 + step * 1.15, 4.4), site.at(-2.4 + step * 1.15, 4.4, 1), (90, 92, 96), 5)
    return canvas


def main():
    folder = pathlib.Path(__file__).resolve().parent
    for scene, transparent in ((house, False), (bridge, False), (town, False), (tanks, True)):
        path = folder / f"{scene.__name__}.png"
        scene().save(path, transparent)
        print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()

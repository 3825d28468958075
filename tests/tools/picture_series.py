#!/usr/bin/env python3
"""Makes any number of different pictures of a few real ones, always the same of the same.

Usage: picture_series.py SOURCES OUTPUT COUNT

Each picture is one of SOURCES (PNG and JPEG files, those over the limit of an upload left out) with a mark of its own in
the middle, so that no two give the same thumbnail: in a PNG some noise, or other colours in its palette; in a JPEG some
steps of the quantization. They are as large, and as much work, as their sources. They lie a hundred a folder; each is
named by the id that its iModel gets, and OUTPUT/list.tsv names all.
"""
import hashlib
import pathlib
import struct
import sys
import uuid
import zlib

UPLOAD_BYTES_MAX = 5_242_880
IDAT_BYTES = 65_536
ROWS_REPLACED = 4
ADLER_BASE = 65_521
ITWIN = "11111111-1111-4111-8111-111111111111"


def adler_of_both(first, second, second_size):
    """The Adler-32 of two texts in a row, from those of each."""
    low = (first & 0xFFFF) + (second & 0xFFFF) - 1
    high = (first >> 16) + (second >> 16) + second_size * ((first & 0xFFFF) - 1)
    return (high % ADLER_BASE) << 16 | low % ADLER_BASE


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def deflated(data, last=False):
    """A piece of a deflate stream that needs nothing before it."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


class PngSeries:
    """Copies of a PNG that differ in the middle. The rest is packed once."""

    def __init__(self, data):
        self.before, self.after, packed, self.palette, at = [], [], b"", None, 8
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            body = data[at + 8:at + 8 + size]
            at += size + 12
            if kind == b"IDAT":
                packed += body
            elif kind == b"PLTE":
                self.palette, self.before = body, self.before + [None]
            elif kind != b"IEND":
                (self.after if packed else self.before).append(chunk(kind, body))
            if kind == b"IHDR":
                width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        if colour != 3:
            self.before, self.palette = [part for part in self.before if part], None
        rows = zlib.decompress(packed)
        row_bytes = (width * depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] + 7) // 8 + 1
        # Counted from the end, where an interlaced picture has its full rows too.
        start = len(rows) - row_bytes * (height // (2 if len(rows) == row_bytes * height else 4))
        end = min(start + row_bytes * ROWS_REPLACED, len(rows))
        self.middle, self.row_bytes, self.place = rows[start:end], row_bytes, 1 + row_bytes // 2
        self.head, self.tail = deflated(rows[:start]), deflated(rows[end:], last=True)
        self.head_adler, self.tail_adler, self.tail_size = zlib.adler32(rows[:start]), zlib.adler32(rows[end:]), len(rows) - end

    def copy(self, number):
        middle, palette = bytearray(self.middle), self.palette
        mark = hashlib.sha512(str(number).encode()).digest()
        if palette:
            palette = bytes(value ^ mark[place % 64] & 63 for place, value in enumerate(palette))
        else:
            for row in range(0, len(middle), self.row_bytes):
                for place in range(row + self.place, min(row + self.place + len(mark), row + self.row_bytes)):
                    middle[place] ^= mark[place % 64]
        adler = adler_of_both(adler_of_both(self.head_adler, zlib.adler32(middle), len(middle)), self.tail_adler, self.tail_size)
        packed = b"\x78\x9c" + self.head + deflated(bytes(middle)) + self.tail + struct.pack(">I", adler)
        parts = [part if part is not None else chunk(b"PLTE", palette) for part in self.before]
        parts += [chunk(b"IDAT", packed[at:at + IDAT_BYTES]) for at in range(0, len(packed), IDAT_BYTES)]
        return b"\x89PNG\r\n\x1a\n" + b"".join(parts + self.after) + chunk(b"IEND", b"")


class JpegSeries:
    """Copies of a JPEG that differ in the steps of its first quantization table."""

    def __init__(self, data):
        self.data = data
        self.table = data.index(b"\xff\xdb") + 5  # behind the marker, the length and the table's number

    def copy(self, number):
        data = bytearray(self.data)
        for place in range(self.table, self.table + 9):
            data[place] = min(255, data[place] + number % 3 * 2)
            number //= 3
        return bytes(data)


def open_series(path):
    """The series of a picture; nothing for a file that is none."""
    data = path.read_bytes()
    if data.startswith(b"\x89PNG"):
        return PngSeries(data)
    return JpegSeries(data) if data.startswith(b"\xff\xd8") else None


def make_pictures(sources, output, count):
    """Makes the pictures of a folder. Gives their paths."""
    paths = sorted(path for path in pathlib.Path(sources).iterdir() if path.suffix in (".png", ".jpg"))
    series = [one for one in map(open_series, paths) if one and len(one.copy(0)) <= UPLOAD_BYTES_MAX - 4096]
    made = []
    for number in range(count):
        path = pathlib.Path(output) / f"{number // 100:04}" / f"{uuid.uuid5(uuid.NAMESPACE_OID, str(number))}"
        one = series[number % len(series)]
        path = path.with_suffix(".png" if isinstance(one, PngSeries) else ".jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.copy(number))
        made.append(path)
    lines = [f"{path.stem}\t{ITWIN}\t{path.relative_to(output)}\n" for path in made]
    (pathlib.Path(output) / "list.tsv").write_text("".join(lines), encoding="utf-8")
    return made


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    print(len(make_pictures(sys.argv[1], sys.argv[2], int(sys.argv[3]))), "pictures")

"""The pictures that are compared, and the class that each belongs to."""
import dataclasses
import pathlib
import struct

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"

# Upper bounds of the classes, in pixels; between them lie the usual sizes (1400x1050, 1920x1080, 2560x1600, 3840x2160).
SMALL_PIXELS = 1_500_000
FULL_HD_PIXELS = 3_000_000
WIDE_PIXELS = 5_500_000

# Flat drawings compress far below this, photos and shaded renders lie far above it.
PHOTO_BITS_PER_PIXEL = 3.0

CLASSES = (
    "PNG up to 1400 px",
    "JPEG up to 1080p",
    "PNG 1080p CAD/UI",
    "PNG 1080p photo",
    "PNG 2560x1600",
    "PNG 4K CAD",
    "PNG 4K photo/render",
    "JPEG 4K",
)


@dataclasses.dataclass(frozen=True)
class Picture:
    """One file: its format (`png` or `jpeg`), size and bytes."""
    path: pathlib.Path
    media: str
    width_px: int
    height_px: int
    size_bytes: int

    @property
    def name(self):
        return self.path.name

    @property
    def class_name(self):
        """The class, told from the format and the count of pixels, and for large PNGs from how well they compress."""
        pixels = self.width_px * self.height_px
        if self.media == "jpeg":
            return "JPEG up to 1080p" if pixels <= FULL_HD_PIXELS else "JPEG 4K"
        if pixels <= SMALL_PIXELS:
            return "PNG up to 1400 px"
        if FULL_HD_PIXELS < pixels <= WIDE_PIXELS:
            return "PNG 2560x1600"
        photo = self.size_bytes * 8 / pixels > PHOTO_BITS_PER_PIXEL
        if pixels <= FULL_HD_PIXELS:
            return "PNG 1080p photo" if photo else "PNG 1080p CAD/UI"
        return "PNG 4K photo/render" if photo else "PNG 4K CAD"


def jpeg_size(data):
    """Width and height from a JPEG's frame header, or nothing."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height_px, width_px = struct.unpack(">HH", data[at + 5:at + 9])
            return width_px, height_px
        at += 1 if marker == 0xFF else 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    return None


def read_picture(path):
    """The picture in a file, or nothing when its first bytes say that it is neither PNG nor JPEG."""
    data = path.read_bytes()
    if data.startswith(PNG_SIGNATURE) and len(data) >= 24:
        width_px, height_px = struct.unpack(">II", data[16:24])
        return Picture(path, "png", width_px, height_px, len(data))
    size = jpeg_size(data) if data.startswith(JPEG_SIGNATURE) else None
    return Picture(path, "jpeg", *size, len(data)) if size else None


def find_pictures(folder):
    """Every picture directly in a folder, by name."""
    found = (read_picture(path) for path in sorted(pathlib.Path(folder).iterdir()) if path.is_file())
    return [picture for picture in found if picture]

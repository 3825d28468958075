#!/usr/bin/env python3
"""Makes the larger pictures that a folder of real ones lacks, always the same from the same sources.

Usage: picture_set.py SOURCES OUTPUT

Two kinds. Arranged: real pictures of SOURCES at their own resolution, so that lines stay as crisp and photos as detailed
as they are: laid side by side (`shelves`), repeated with every other one mirrored so that no seam shows (`mirrored`), or
enlarged by a whole factor without smoothing, as a browser does on a fine display (`magnified`); those whose sources are
not there are left out. Drawn: a floor plan (thin smoothed lines, text, hatches, flat fills) and a landscape (noise of
several frequencies), which need no source. All PNGs stay under the 5 MiB that an upload may have.
"""
import hashlib
import itertools
import math
import pathlib
import random
import sys

from PIL import Image, ImageDraw, ImageFont

FULL_HD, WIDE, ULTRA_HD = (1920, 1080), (2560, 1600), (3840, 2160)


def shelves(sources, size):
    """Pictures side by side in rows, again and again, cut at the right and lower edge."""
    canvas = Image.new(sources[0].mode, size, "white")
    endless = itertools.cycle(sources)
    top = 0
    while top < size[1]:
        left, row_height = 0, 0
        while left < size[0]:
            source = next(endless).convert(canvas.mode)
            canvas.paste(source, (left, top))
            left, row_height = left + source.width, max(row_height, source.height)
        top += row_height
    return canvas


def mirrored(sources, size):
    """One picture repeated over the whole area, every other one mirrored."""
    source = sources[0]
    canvas = Image.new(source.mode, size)
    for row in range(math.ceil(size[1] / source.height)):
        for column in range(math.ceil(size[0] / source.width)):
            tile = source.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if column % 2 else source
            tile = tile.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if row % 2 else tile
            canvas.paste(tile, (column * source.width, row * source.height))
    return canvas


def magnified(sources, size):
    """One picture enlarged by the smallest whole factor that fills the area, each pixel becoming a square; cut."""
    source = sources[0]
    factor = max(math.ceil(size[0] / source.width), math.ceil(size[1] / source.height))
    return source.resize((source.width * factor, source.height * factor), Image.Resampling.NEAREST).crop((0, 0, *size))


def smoothed(sources, size):
    """One picture enlarged smoothly over the whole area."""
    return sources[0].resize(size, Image.Resampling.BICUBIC)


def draw_room(draw, dice, box):
    """One room of a floor plan: walls, a filled floor, a hatch or furniture, a door's arc and a label."""
    left, top, right, bottom = box
    draw.rectangle(box, fill=dice.choice(["white", "#fbfaf5", "#eef3f8", "#f7f0e6"]), outline="#202020", width=6)
    kind = dice.randrange(3)
    if kind == 0:
        for start in range(left - (bottom - top), right, 28):
            first, last = max(left, start), min(right, start + bottom - top)
            draw.line([(first, top + first - start), (last, top + last - start)], fill="#9aa7b5", width=2)
    elif kind == 1:
        for _ in range(6):
            x, y = dice.randint(left, right - 60), dice.randint(top, bottom - 60)
            draw.rectangle((x, y, x + dice.randint(20, 60), y + dice.randint(20, 60)), outline="#3b5b92", width=3)
            draw.ellipse((x, y, x + 40, y + 40), outline="#a33b3b", width=2)
    radius = min(90, (right - left) // 3, (bottom - top) // 3)
    draw.arc((left - radius, bottom - radius, left + radius, bottom + radius), 270, 360, fill="#1d6b2f", width=3)
    draw.text((left + 14, top + 12), f"R-{dice.randint(100, 999)}  {(right - left) * (bottom - top) / 9e3:.1f} m2",
              fill="#101010", font=ImageFont.load_default())


def plan(_, size):
    """A floor plan, drawn at twice the size and halved, so that its lines are smoothed as a CAD program smooths them."""
    dice = random.Random(size[0])
    width, height = size[0] * 2, size[1] * 2
    canvas = Image.new("RGB", (width, height), "#f4f4f2")
    draw = ImageDraw.Draw(canvas)
    for x in range(0, width, 80):
        draw.line([(x, 0), (x, height)], fill="#e2e6ea", width=2)
    for y in range(0, height, 80):
        draw.line([(0, y), (width, y)], fill="#e2e6ea", width=2)
    top = 120
    while top < height - 300:
        depth, left = dice.randint(260, 560), 120
        while left < width - 300:
            breadth = dice.randint(220, 700)
            draw_room(draw, dice, (left, top, min(left + breadth, width - 100), min(top + depth, height - 80)))
            left += breadth + dice.choice([0, 0, 40])
        top += depth + dice.choice([0, 120])
    for _ in range(160):
        x, y, turn = dice.randrange(width), dice.randrange(height), dice.random() * math.tau
        reach = dice.randint(200, 1500)
        draw.line([(x, y), (x + reach * math.cos(turn), y + reach * math.sin(turn))], fill="#c02020", width=2)
    return canvas.reduce(2)


def noise(dice, size, cell_px):
    """Smooth grey noise whose features are about `cell_px` large."""
    cells = (math.ceil(size[0] / cell_px) + 1, math.ceil(size[1] / cell_px) + 1)
    coarse = Image.frombytes("L", cells, dice.randbytes(cells[0] * cells[1]))
    return coarse.resize(size, Image.Resampling.BICUBIC)


def landscape(_, size):
    """A landscape as a photo has it: colours that change slowly and detail at every scale.

    The finer detail fades as the picture grows: a photo of 8 megapixels fits into an upload only when it is smooth.
    """
    dice = random.Random(size[0] + 1)
    scale = size[0] / FULL_HD[0]
    fine = min(1, 1 / scale**4)
    bands = []
    for _ in range(3):
        band = noise(dice, size, 512 * scale)
        for cell_px, weight in ((128, 0.45), (32, 0.35 * fine), (8, 0.25 * fine), (3, 0.06 * fine)):
            band = Image.blend(band, noise(dice, size, cell_px * scale), weight)
        bands.append(band)
    return Image.merge("RGB", bands)


CAD = ["bimthumb_test_0x34.png", "docs_house-sample.png", "docs_part_refs.png", "bimthumb_JoesHouse_0x4e.jpg",
       "docs_view_independent.png", "docs_bay-town-process-plant.png", "docs_stadium.png", "docs_geom_types.png"]
VIEWS = ["bimthumb_Properties_60InstancesWithUrl2_0x2a.png", "bimthumb_test_0x34.png",
         "bimthumb_Properties_60InstancesWithUrl2_0x34.png", "bimthumb_Properties_60InstancesWithUrl2_0x2f.png"]
LARGE_RENDERS = ["docs_imodel_viewer_large.png", "docs_stadium.png", "showcase_camera-path-thumbnail_2x.png",
                 "docs_retail-building-sample.png", "showcase_validation-thumbnail_2x.png"]
RENDERS = ["showcase_changedElements_2x.png", "showcase_display-styles-thumbnail_2x.png",
           "showcase_global-display-thumbnail_2x.png", "showcase_hypermodeling-thumbnail_2x.png"]

# Name, how it is made, of which sources, how large, and how it is written.
PNG, JPEG = {"format": "PNG"}, {"format": "JPEG", "quality": 88}
FINE_JPEG = {"format": "JPEG", "quality": 92, "subsampling": "4:4:4"}
RECIPES = (
    ("arranged_cad_1080p.png", shelves, CAD, FULL_HD, PNG),
    ("arranged_views_1080p.png", shelves, VIEWS, FULL_HD, PNG),
    ("arranged_ui_1080p.png", magnified, ["appui_dark-theme.png"], FULL_HD, PNG),
    ("arranged_photo_1080p.png", mirrored, ["docs_display-styles.jpg"], FULL_HD, PNG),
    ("arranged_map_1080p.png", mirrored, ["docs_MapLayers.png"], FULL_HD, PNG),
    ("arranged_cad_1600p.png", shelves, CAD, WIDE, PNG),
    ("arranged_ui_1600p.png", magnified, ["docs_imodel_viewer_large.png"], WIDE, PNG),
    ("arranged_photo_1600p.png", mirrored, ["admin_night.jpg"], WIDE, PNG),
    ("arranged_render_1600p.png", shelves, RENDERS, WIDE, PNG),
    ("arranged_cad_4k.png", shelves, CAD, ULTRA_HD, PNG),
    ("arranged_views_4k.png", shelves, VIEWS, ULTRA_HD, PNG),
    ("arranged_ui_4k.png", magnified, ["appui_dark-theme.png"], ULTRA_HD, PNG),
    ("arranged_photo_4k.png", smoothed, ["admin_night.jpg"], ULTRA_HD, PNG),
    ("arranged_render_4k.png", shelves, LARGE_RENDERS, ULTRA_HD, PNG),
    ("arranged_cad_4k.jpg", shelves, CAD, ULTRA_HD, JPEG),
    ("arranged_photo_4k.jpg", mirrored, ["admin_power.jpg"], ULTRA_HD, JPEG),
    ("arranged_ui_4k.jpg", magnified, ["appui_dark-theme.png"], ULTRA_HD, FINE_JPEG),
    ("drawn_plan_small.png", plan, [], (1280, 800), PNG),
    ("drawn_landscape_small.png", landscape, [], (1024, 640), PNG),
    ("drawn_plan_1080p.png", plan, [], FULL_HD, PNG),
    ("drawn_plan_1080p.jpg", plan, [], FULL_HD, JPEG),
    ("drawn_landscape_1080p.png", landscape, [], FULL_HD, PNG),
    ("drawn_landscape_1080p.jpg", landscape, [], FULL_HD, JPEG),
    ("drawn_plan_1600p.png", plan, [], WIDE, PNG),
    ("drawn_landscape_1600p.png", landscape, [], WIDE, PNG),
    ("drawn_plan_4k.png", plan, [], ULTRA_HD, PNG),
    ("drawn_plan_4k.jpg", plan, [], ULTRA_HD, JPEG),
    ("drawn_landscape_4k.png", landscape, [], ULTRA_HD, PNG),
    ("drawn_landscape_4k.jpg", landscape, [], ULTRA_HD, JPEG),
)


def read_source(path):
    """A real picture as RGB or RGBA."""
    image = Image.open(path)
    return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def fingerprint(paths):
    """Tells whether the pictures would come out as last time: this program, Pillow, and the sources."""
    digest = hashlib.sha256(pathlib.Path(__file__).read_bytes() + Image.__version__.encode())
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def make_set(sources, output, is_wanted=lambda name: True):
    """Makes every wanted picture that is not there yet; the paths of all that are wanted."""
    output.mkdir(parents=True, exist_ok=True)
    made = []
    for name, arrange, source_names, size, how in RECIPES:
        if not is_wanted(name):
            continue
        paths = [sources / source for source in source_names]
        if not all(path.is_file() for path in paths):
            continue
        made.append(output / name)
        mark, now = output / (name + ".sha256"), fingerprint(paths)
        if made[-1].is_file() and mark.is_file() and mark.read_text() == now:
            continue
        print(f"making {name}", file=sys.stderr, flush=True)
        picture = arrange([read_source(path) for path in paths], size)
        if how["format"] == "JPEG":
            picture = picture.convert("RGB")
        picture.save(made[-1], **how)
        mark.write_text(now)
    known = {name + end for name, *_ in RECIPES for end in ("", ".sha256")}
    for path in output.iterdir():
        if path.name not in known:
            path.unlink()
    return made


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    make_set(pathlib.Path(arguments[0]), pathlib.Path(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

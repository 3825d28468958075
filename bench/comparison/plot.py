"""A bar chart of the classes, as SVG."""
import html
import math

COLOURS = {"locket": "#0b6e4f", "sharp": "#d1495b", "libvips": "#edae49", "libvips linear": "#b98b2f",
           "Pillow": "#66788a", "stb": "#a9b4c0"}
WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 960, 190, 120, 13, 16, 64


def scale(highest_ms):
    """Where a time ends on the logarithmic axis, and the axis' marks."""
    lowest, top = 1.0, 10 ** math.ceil(math.log10(max(highest_ms, 10)))

    def position(ms):
        share = math.log(max(ms, lowest) / lowest) / math.log(top / lowest)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    marks = [digit * 10**power for power in range(round(math.log10(top))) for digit in (1, 2, 5)] + [top]
    return position, marks


def text(x, y, words, anchor="start", weight="normal", colour="#222"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="{colour}">'
            f"{html.escape(words)}</text>")


def legend(names):
    """The names beside their colours, above the chart."""
    parts, x = [], LEFT
    for name in names:
        parts.append(f'<rect x="{x}" y="30" width="12" height="12" fill="{COLOURS.get(name, "#999")}"/>')
        parts.append(text(x + 17, 40, name))
        x += 40 + 7 * len(name)
    return parts


def class_bars(told, names, y, position):
    """The bars of one class."""
    parts = [text(LEFT - 10, y + BAR * len(names) / 2 + 4, told["class"], "end", "bold")]
    for name in names:
        ms = told["ms"].get(name)
        if ms is not None:
            width = position(ms) - LEFT
            ratio = told["times_faster"].get(name)
            label = f"{ms:.1f}" + (f"   {ratio:.1f}x" if ratio else "")
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" '
                         f'fill="{COLOURS.get(name, "#999")}"/>')
            parts.append(text(LEFT + width + 5, y + BAR - 4, label))
        y += BAR
    return parts


def svg(results):
    """The chart: milliseconds of every contender in every class, and how many times ours each rival needs."""
    classes, names = results["classes"], list(results["versions"])
    times = [ms for told in classes for ms in told["ms"].values() if ms is not None]
    position, marks = scale(max(times, default=10))
    height = TOP + len(classes) * (BAR * len(names) + GAP) + 20
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
             f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
             text(LEFT, 18, "One picture in, both thumbnails out: milliseconds on one core (logarithmic; less is better)",
                  weight="bold"), *legend(names)]
    for mark in marks:
        x = position(mark)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{height - 20}" stroke="#e3e3e3"/>')
        parts.append(text(x, height - 6, f"{mark:g}", "middle", colour="#666"))
    y = TOP
    for told in classes:
        parts += class_bars(told, names, y, position)
        y += BAR * len(names) + GAP
    return "\n".join([*parts, "</svg>"]) + "\n"

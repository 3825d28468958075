"""What the measurements say: for each picture, for each class, and as tables."""
import math
import statistics

from picture import CLASSES

OURS = "locket"
SIZES = ("small", "large")

# How many times faster than each rival ours is meant to be.
GOALS = {
    "PNG up to 1400 px": {"sharp": 4.5, "libvips": 7},
    "JPEG up to 1080p": {"sharp": 4, "libvips": 5.5},
    "PNG 1080p CAD/UI": {"sharp": 4.5, "libvips": 8},
    "PNG 1080p photo": {"sharp": 4, "libvips": 6.5},
    "PNG 2560x1600": {"sharp": 3.5, "libvips": 5.5},
    "PNG 4K CAD": {"sharp": 4.5, "libvips": 10},
    "PNG 4K photo/render": {"sharp": 3, "libvips": 5},
    "JPEG 4K": {"sharp": 2.2, "libvips": 3.3},
}
PSNR_GOAL_DB = 55


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values)) if values else None


def wall_over_cpu(all_outcomes):
    """How much longer everything took than it computed: above 1 where other work ran on the core."""
    outcomes = [outcome for outcomes in all_outcomes for outcome in outcomes.values() if outcome.wall_ms]
    cpu_ms = sum(sum(outcome.cpu_ms) for outcome in outcomes)
    return sum(sum(outcome.wall_ms) for outcome in outcomes) / cpu_ms if cpu_ms else 1.0


def describe_outcome(outcome, clock):
    """One contender's part of a picture, as it stands in the JSON; `ms` is the median by the clock."""
    described = {"error": outcome.error} if outcome.error else {}
    if outcome.wall_ms:
        described |= {"ms": round(outcome.ms(clock), 3), "wall_ms": [round(ms, 3) for ms in outcome.wall_ms],
                      "cpu_ms": [round(ms, 3) for ms in outcome.cpu_ms]}
    for key in ("png_bytes", "psnr_db", "psnr_rounded_db"):
        if getattr(outcome, key):
            described[key] = getattr(outcome, key)
    if outcome.memory_kib is not None:
        described["memory_kib"] = outcome.memory_kib
    return described


def describe_picture(picture, outcomes, clock):
    """Everything about one picture, as it stands in the JSON."""
    contenders = {name: describe_outcome(outcome, clock) for name, outcome in outcomes.items()}
    described = {"file": picture.name, "class": picture.class_name, "media": picture.media,
                 "width_px": picture.width_px, "height_px": picture.height_px, "bytes": picture.size_bytes,
                 "contenders": contenders}
    ours = contenders.get(OURS, {})
    if "ms" in ours:
        described["times_faster"] = {name: round(told["ms"] / ours["ms"], 3) for name, told in contenders.items()
                                     if name != OURS and "ms" in told}
    return described


def numbers(pictures, name, key):
    """One number of one contender, from every picture that has it."""
    found = (picture["contenders"].get(name, {}).get(key) for picture in pictures)
    return [number for number in found if number is not None]


def lowest_psnr(pictures, name, size=None, key="psnr_db"):
    """The smallest PSNR of a contender over pictures and both sizes (or one of them)."""
    return min((told[one] for told in numbers(pictures, name, key) for one in SIZES if size in (None, one)),
               default=None)


def bytes_beside(picture, rival):
    """Our bytes over a rival's, both PNGs together; nothing where one is missing."""
    ours, theirs = (picture["contenders"].get(name, {}).get("png_bytes") for name in (OURS, rival))
    return sum(ours.values()) / sum(theirs.values()) if ours and theirs else None


def describe_class(class_name, pictures, names):
    """The sums of one class, as they stand in the JSON."""
    faster = {rival: [picture["times_faster"][rival] for picture in pictures
                      if rival in picture.get("times_faster", {})] for rival in names if rival != OURS}
    beside = [ratio for ratio in (bytes_beside(picture, "sharp") for picture in pictures) if ratio is not None]
    return {
        "class": class_name, "pictures": len(pictures), "goals": GOALS[class_name],
        "ms": {name: geometric_mean(numbers(pictures, name, "ms")) for name in names},
        "times_faster": {rival: geometric_mean(ratios) for rival, ratios in faster.items()},
        "lowest_psnr_db": {name: lowest_psnr(pictures, name) for name in [*names, "locket cover"]},
        "lowest_psnr_rounded_db": {name: lowest_psnr(pictures, name, key="psnr_rounded_db")
                                   for name in [*names, "locket cover"]},
        "bytes_of_sharp": {"mean": geometric_mean(beside), "largest": max(beside, default=None)},
        "memory_kib": {name: max(numbers(pictures, name, "memory_kib"), default=None) for name in names},
    }


def describe_classes(pictures, names):
    """Every class that has a picture."""
    by_class = {name: [picture for picture in pictures if picture["class"] == name] for name in CLASSES}
    return [describe_class(name, found, names) for name, found in by_class.items() if found]


def shown(number, digits=1, unit=""):
    return "–" if number is None else f"{number:.{digits}f}{unit}"


def against_goal(number, goal):
    """A ratio beside its goal; bold where the goal is missed."""
    if number is None:
        return "–"
    told = f"{number:.1f} ({goal:g})"
    return told if number >= goal else f"**{told}**"


def table(head, rows, right_from=1):
    """A Markdown table; columns from `right_from` on are numbers."""
    marks = ["---" if column < right_from else "---:" for column in range(len(head))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [head, marks, *rows]) + "\n"


def speed_table(classes, names):
    """Milliseconds of everybody, and how many times faster ours is than those whom the goals name."""
    rivals = [name for name in names if name != OURS]
    judged = [name for name in rivals if name in ("sharp", "libvips")]
    head = ["class", "pictures", *(f"{name}, ms" for name in names), *(f"times {name} (goal)" for name in judged)]
    rows = [[told["class"], told["pictures"], *(shown(told["ms"][name]) for name in names),
             *(against_goal(told["times_faster"][name], told["goals"][name]) for name in judged)] for told in classes]
    return table(head, rows)


def quality_table(classes, names):
    """The worst PSNR of everybody, our bytes, and the memory that one rendering takes."""
    head = ["class", "locket, lowest dB", "locket cover, lowest dB",
            *(f"{name}, lowest dB" for name in names if name != OURS), "bytes of sharp's", "largest",
            *(f"{name}, peak MiB" for name in names if name in (OURS, "sharp", "libvips"))]
    rows = []
    for told in classes:
        psnr, memory = told["lowest_psnr_db"], told["memory_kib"]
        beside = told["bytes_of_sharp"]
        rows.append([told["class"], shown(psnr[OURS]) if OURS in psnr else "–", shown(psnr["locket cover"]),
                     *(shown(psnr[name]) for name in names if name != OURS),
                     shown(beside["mean"], 2), shown(beside["largest"], 2),
                     *(shown(memory[name] and memory[name] / 1024) for name in names
                       if name in (OURS, "sharp", "libvips"))])
    return table(head, rows)


def shortfalls(classes, pictures):
    """Every goal that was missed, in words."""
    if not numbers(pictures, OURS, "ms"):
        return [f"{OURS} was not measured"]
    missed = []
    for told in classes:
        missed += [f"{told['class']}: {told['times_faster'][rival]:.2f} times {rival}, the goal is {goal:g}"
                   for rival, goal in told["goals"].items()
                   if told["times_faster"].get(rival) is not None and told["times_faster"][rival] < goal]
    for picture in pictures:
        for name in (OURS, "locket cover"):
            outcome = picture["contenders"].get(name, {})
            if "error" in outcome:
                missed.append(f"{picture['file']}: {name} failed: {outcome['error']}")
            missed += [f"{picture['file']}: {name}, {size}: {value:.1f} dB, the goal is {PSNR_GOAL_DB}"
                       for size, value in outcome.get("psnr_db", {}).items() if value < PSNR_GOAL_DB]
        beside = bytes_beside(picture, "sharp")
        if beside is not None and beside > 1:
            missed.append(f"{picture['file']}: {beside:.3f} times the bytes of sharp")
    return missed


def machine_lines(results):
    """How and where it was measured."""
    machine = results["machine"]
    versions = ", ".join(f"{name} {version}".strip() for name, version in results["versions"].items())
    lines = [f"{machine['processor']}, core {machine['core']} alone, {results['rounds']} rounds in turn after a first "
             f"that is not counted, medians, geometric mean of each class. {versions}.",
             "Times are by the wall clock." if results["clock"] == "wall" else
             f"Times are CPU time: other work ran on the core, and by the wall clock everything took "
             f"{machine['wall_over_cpu']:.1f} times as long."]
    threads = results.get("threads")
    if threads:
        lines.append(f"Two threads rendered {threads['pictures']} pictures {threads['times_faster']:.2f} times as fast "
                     f"as one, using {threads['cpu_ms']['two_threads'] / threads['cpu_ms']['one_thread']:.2f} times "
                     "its CPU time.")
    return lines


def markdown(results):
    """The whole report."""
    names, classes = list(results["versions"]), results["classes"]
    missed = results["shortfalls"]
    parts = ["## Speed", speed_table(classes, names),
             "## Quality, bytes and memory", quality_table(classes, names), "## How", *machine_lines(results),
             "## Goals missed", "\n".join(f"- {line}" for line in missed) if missed else "None.\n"]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def picture_table(results):
    """One row a picture."""
    names = list(results["versions"])
    head = ["picture", "class", "size", *(f"{name}, ms" for name in names), "times sharp", "dB small", "dB large",
            "bytes of sharp's", "peak MiB"]
    rows = []
    for picture in results["pictures"]:
        contenders = picture["contenders"]
        ours = contenders.get(OURS, {})
        psnr, memory = ours.get("psnr_db", {}), ours.get("memory_kib")
        rows.append([picture["file"], picture["class"], f"{picture['width_px']}x{picture['height_px']}",
                     *(shown(contenders.get(name, {}).get("ms")) for name in names),
                     shown(picture.get("times_faster", {}).get("sharp"), 2), shown(psnr.get("small")),
                     shown(psnr.get("large")), shown(bytes_beside(picture, "sharp"), 3),
                     shown(memory and memory / 1024)])
    return table(head, rows, right_from=3)

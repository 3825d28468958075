#!/usr/bin/env python3
"""Compares locket with its rivals: speed, bytes, quality and memory, picture by picture.

Usage: compare.py --build DIR --rivals DIR [options] [FOLDER]   (tools/bench.sh installs, builds and calls it)

One unit of work: the bytes of one PNG or JPEG in, a PNG of 800x500 and one of 400x250 out, in memory. All contenders run
pinned on one core and render in turn. Pictures: those of FOLDER, and a set of larger ones made from them or drawn.
Writes table.md, pictures.md, plot.svg and results.json into the output folder.
"""
import argparse
import contextlib
import fnmatch
import json
import os
import pathlib
import platform
import sys
import tempfile
import time

import measurement
import picture_set
import plot
import report
from contender import ContenderError, all_recipes, cover_recipe
from picture import CLASSES, find_pictures, read_picture

# Above this, something else used the measured core.
WALL_OVER_CPU_QUIET = 1.1

# What --short compares: of each class the pictures that differ most.
SHORT_SET = {
    "docs_imodel_viewer_large.png", "docs_part_refs.png", "showcase_hypermodeling-thumbnail_2x.png",
    "docs_house-section-clip.jpg", "drawn_plan_1080p.jpg", "arranged_cad_1080p.png", "drawn_plan_1080p.png",
    "arranged_map_1080p.png", "drawn_landscape_1080p.png", "arranged_cad_1600p.png", "arranged_photo_1600p.png",
    "arranged_cad_4k.png", "drawn_plan_4k.png", "arranged_photo_4k.png", "arranged_render_4k.png",
    "arranged_cad_4k.jpg", "arranged_photo_4k.jpg", "drawn_plan_4k.jpg",
}
SHORT_ROUNDS = 3

SOURCES = pathlib.Path(__file__).resolve().parent.parent


def parse_arguments():
    parser = argparse.ArgumentParser(description="Compares locket with its rivals.")
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="folder of PNG and JPEG files")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="where Meson built the release")
    parser.add_argument("--rivals", type=pathlib.Path, required=True, help="where npm installed sharp")
    parser.add_argument("--output", type=pathlib.Path, help="where the results go (build/bench-results)")
    parser.add_argument("--short", action="store_true", help="two or three pictures of each class, and three rounds")
    parser.add_argument("--rounds", type=int, help="counted rounds for each picture (5)")
    parser.add_argument("--only", default="*", help="pictures whose name matches, as in a shell")
    parser.add_argument("--class", dest="class_name", choices=CLASSES, help="pictures of one class")
    parser.add_argument("--contenders", help="names, with commas between (all)")
    parser.add_argument("--clock", choices=("auto", "wall", "cpu"), default="auto",
                        help="what times are told by; auto: the wall clock, or CPU time where other work ran on the core")
    parser.add_argument("--core", type=int, help="the core to measure on (the last)")
    parser.add_argument("--no-memory", action="store_true", help="leave the peak memory out")
    parser.add_argument("--no-threads", action="store_true", help="leave out the comparison of one and two threads")
    arguments = parser.parse_args()
    if arguments.rounds is None:
        arguments.rounds = SHORT_ROUNDS if arguments.short else 5
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    if arguments.folder and not arguments.folder.is_dir():
        parser.error(f"{arguments.folder} is not a folder")
    return arguments


def choose_pictures(arguments):
    """The pictures to compare, class by class: those of the folder and the made ones."""
    def is_wanted(name):
        return fnmatch.fnmatch(name, arguments.only) and (not arguments.short or name in SHORT_SET)

    made = picture_set.make_set(arguments.folder or pathlib.Path("nowhere"), arguments.build / "bench-pictures",
                                is_wanted)
    pictures = find_pictures(arguments.folder) if arguments.folder else []
    pictures += [read_picture(path) for path in made]
    wanted = [picture for picture in pictures
              if is_wanted(picture.name) and arguments.class_name in (None, picture.class_name)]
    return sorted(wanted, key=lambda picture: (CLASSES.index(picture.class_name), picture.name))


def choose_recipes(arguments):
    """The contenders that are wanted and there."""
    recipes = all_recipes(arguments.build, SOURCES, arguments.rivals)
    if arguments.contenders:
        wanted = arguments.contenders.split(",")
        unknown = set(wanted) - {recipe.name for recipe in recipes}
        if unknown:
            sys.exit(f"compare: no such contender: {', '.join(sorted(unknown))}")
        recipes = [recipe for recipe in recipes if recipe.name in wanted]
    for recipe in recipes:
        if not recipe.is_there:
            print(f"{recipe.name} is not there and is left out", file=sys.stderr)
    return [recipe for recipe in recipes if recipe.is_there]


def tell(number, count, described):
    """One line of progress, by the wall clock."""
    ours = described["contenders"].get(report.OURS, {})
    times = " ".join(f"{name} {told['ms']:.1f}" if "ms" in told else f"{name} failed"
                     for name, told in described["contenders"].items() if name != "locket cover")
    psnr = min(ours.get("psnr_db", {}).values(), default=None)
    beside = report.bytes_beside(described, "sharp")
    faster = described.get("times_faster", {}).get("sharp")
    print(f"[{number}/{count}] {described['class']}: {described['file']}: {times} ms"
          + (f"; {faster:.1f} times sharp" if faster else "") + (f"; {psnr:.1f} dB" if psnr else "")
          + (f"; {beside:.2f} of sharp's bytes" if beside else ""), flush=True)


def measure_all(pictures, recipes, arguments):
    """Measures every picture; for each, the outcomes by contender."""
    quality_program = arguments.build / "bench" / "reference" / "quality"
    with contextlib.ExitStack() as stack:
        contenders = [stack.enter_context(recipe.start()) for recipe in recipes]
        cover = None
        if any(recipe.name == report.OURS for recipe in recipes):
            cover = stack.enter_context(cover_recipe(arguments.build).start())
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        measured = []
        for number, picture in enumerate(pictures, 1):
            outcomes = {recipe.name: measurement.Outcome() for recipe in recipes}
            measurement.run_rounds(contenders, picture, arguments.rounds, outcomes)
            try:
                measurement.judge_all(quality_program, picture, contenders, cover, outcomes, folder)
            except ContenderError as error:
                print(f"{picture.name}: {error}", file=sys.stderr)
            if not arguments.no_memory:
                measure_memory(picture, pictures, recipes, outcomes)
            measured.append(outcomes)
            tell(number, len(pictures), report.describe_picture(picture, outcomes, "wall"))
    return measured


def measure_memory(picture, pictures, recipes, outcomes):
    """Our memory on every picture, the rivals' on the largest of each class: they take a new process each time."""
    largest = max((other for other in pictures if other.class_name == picture.class_name),
                  key=lambda other: other.width_px * other.height_px)
    for recipe in recipes:
        if recipe.name == report.OURS or picture is largest:
            measurement.measure_memory(recipe, picture, outcomes[recipe.name])


def describe_processor():
    """The processor's name."""
    with contextlib.suppress(OSError, StopIteration):
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return platform.machine()


def describe_results(pictures, measured, recipes, core, arguments):
    """Everything that was found, as it stands in the JSON."""
    stolen = report.wall_over_cpu(measured)
    clock = arguments.clock
    if clock == "auto":
        clock = "wall" if stolen < WALL_OVER_CPU_QUIET else "cpu"
    described = [report.describe_picture(picture, outcomes, clock) for picture, outcomes in zip(pictures, measured)]
    classes = report.describe_classes(described, [recipe.name for recipe in recipes])
    return {"machine": {"processor": describe_processor(), "kernel": platform.release(), "core": core,
                        "wall_over_cpu": stolen},
            "clock": clock, "rounds": arguments.rounds,
            "versions": {recipe.name: recipe.version() for recipe in recipes},
            "classes": classes, "shortfalls": report.shortfalls(classes, described), "pictures": described}


def write_results(results, output):
    """Writes the four files."""
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (output / "table.md").write_text(report.markdown(results), encoding="utf-8")
    (output / "pictures.md").write_text(report.picture_table(results), encoding="utf-8")
    (output / "plot.svg").write_text(plot.svg(results), encoding="utf-8")


def main():
    arguments = parse_arguments()
    output = arguments.output or arguments.build / "bench-results"
    cores = os.sched_getaffinity(0)
    core = max(cores) if arguments.core is None else arguments.core
    pictures, recipes = choose_pictures(arguments), choose_recipes(arguments)
    if not pictures or not recipes:
        sys.exit("compare: nothing to compare")
    os.sched_setaffinity(0, {core})
    began = time.monotonic()
    measured = measure_all(pictures, recipes, arguments)
    results = describe_results(pictures, measured, recipes, core, arguments)
    if report.OURS in results["versions"] and not arguments.no_threads:
        results["threads"] = measurement.measure_threads(
            arguments.build / "bench" / "comparison" / "thread-scaling", [picture.path for picture in pictures],
            arguments.rounds, cores)
    results["seconds"] = round(time.monotonic() - began, 1)
    write_results(results, output)
    print()
    print(report.markdown(results))
    print(f"Written to {output}: table.md, pictures.md, plot.svg, results.json")


if __name__ == "__main__":
    main()

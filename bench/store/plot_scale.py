#!/usr/bin/env python3
"""Draws what a fetch costs against the size of the store, as SVG.

Usage: plot_scale.py [--program build/bench/store/store-scale-bench] [--repetitions 5] [--out build/bench-results/scale.svg]

Fills stores of 1,000 to 1,000,000 iModels (3 GB in the folder for temporary files, some minutes), measures them by
turns, prints the medians and how many times the smallest store's they are, and writes the picture.
"""
import argparse
import json
import math
import pathlib
import statistics
import subprocess

COLOURS = {"hot": "#0b6e4f", "cold": "#d1495b", "unknown": "#66788a"}
MEANING = {"hot": "fetch from memory", "cold": "fetch from the file (page cache)", "unknown": "look for an unknown iModel"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 70, 30, 60, 50


def measure(program, repetitions):
    """The medians of the processor time in microseconds: {name: {imodels: us}}."""
    run = subprocess.run([program, f"--benchmark_repetitions={repetitions}", "--benchmark_min_time=0.2",
                          "--benchmark_enable_random_interleaving=true", "--benchmark_format=json"],
                         check=True, capture_output=True, text=True)
    times = {}
    for told in json.loads(run.stdout)["benchmarks"]:
        if told["run_type"] == "iteration":
            name, imodels = told["name"].split("/")[:2]
            times.setdefault(name, {}).setdefault(int(imodels), []).append(told["cpu_time"] / 1_000)
    return {name: {imodels: statistics.median(us) for imodels, us in sorted(of_name.items())}
            for name, of_name in times.items()}


def text(x, y, words, anchor="start", colour="#222"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


def svg(medians):
    """The picture: both axes logarithmic, a line for each kind of fetch."""
    sizes = sorted({imodels for of_name in medians.values() for imodels in of_name})
    every = [us for of_name in medians.values() for us in of_name.values()]
    low, high = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])

    def x(imodels):
        return LEFT + (math.log10(imodels) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(us):
        return HEIGHT - BOTTOM - (math.log10(us) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
             f'font-size="12"><rect width="100%" height="100%" fill="#fff"/>']
    for power in range(low, high + 1):
        at = y(10.0**power)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(text(LEFT - 8, at + 4, f"{10.0**power:g} µs", "end"))
    for imodels in sizes:
        parts.append(text(x(imodels), HEIGHT - BOTTOM + 20, f"{imodels:,}", "middle"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "iModels in the store", "middle"))
    for place, (name, of_name) in enumerate(medians.items()):
        colour = COLOURS[name]
        points = " ".join(f"{x(imodels):.1f},{y(us):.1f}" for imodels, us in of_name.items())
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for imodels, us in of_name.items():
            parts.append(f'<circle cx="{x(imodels):.1f}" cy="{y(us):.1f}" r="3" fill="{colour}"/>')
            parts.append(text(x(imodels), y(us) - 8, f"{us:.3g}", "middle", colour))
        parts.append(text(LEFT + 230 * place, 24, MEANING[name], colour=colour))
    return "\n".join([*parts, "</svg>\n"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/bench/store/store-scale-bench")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench-results/scale.svg"))
    arguments = parser.parse_args()
    medians = measure(arguments.program, arguments.repetitions)
    for name, of_name in medians.items():
        smallest = next(iter(of_name.values()))
        for imodels, us in of_name.items():
            print(f"{name:8} {imodels:>9,} iModels {us:9.3f} us  {us / smallest:.2f} times")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(svg(medians), encoding="utf-8")
    print(arguments.out)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Tells how many lines of the library the tests reach, room by room, and which they do not.

Usage: coverage_lines.py REPORT.json GAPS.tsv PERCENT

REPORT.json is what `gcovr --json` writes; GAPS.tsv is as for coverage_gaps.py, and gives the reason of a line that is
listed there. The exit code is 0 only when PERCENT of all lines are reached, or more.
"""
import collections
import json
import pathlib
import sys

import coverage_gaps


def reasons_by_line(path):
    """The reasons by file and text of the line; "as above" is the one before."""
    reasons, above = {}, ""
    for file, text, reason in coverage_gaps.read_reasons(path):
        above = above if reason.startswith("as above") else reason
        reasons.setdefault((file, text), above)
    return reasons


def as_ranges(numbers):
    """Numbers that follow one another, as first and last."""
    ranges = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges


def share(reached, lines):
    return f"{100 * reached / lines:6.2f} %  {reached:6} of {lines:6} lines"


def tell_file(name, missed, reasons):
    """Prints each run of lines that are not reached, with the first one's text and the reason where there is one."""
    source = pathlib.Path(name).read_text(encoding="utf-8").splitlines()
    for first, last in as_ranges(missed):
        text = source[first - 1].strip()
        reason = next((reasons[name, line.strip()] for line in source[first - 1 : last] if (name, line.strip()) in reasons), None)
        numbers = f"{first}" if first == last else f"{first}-{last}"
        print(f"    {name}:{numbers}: {text}" + (f"  [{reason}]" if reason else ""))


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    report = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    reasons = reasons_by_line(pathlib.Path(sys.argv[2]))
    rooms = collections.defaultdict(dict)
    for file in report["files"]:
        counts = {line["line_number"]: line["count"] for line in file["lines"] if not line.get("gcovr/noncode")}
        if counts:
            rooms[pathlib.PurePath(file["file"]).parts[1]][file["file"]] = counts
    all_reached = all_lines = 0
    for room, files in sorted(rooms.items()):
        reached = sum(count > 0 for counts in files.values() for count in counts.values())
        lines = sum(map(len, files.values()))
        all_reached, all_lines = all_reached + reached, all_lines + lines
        print(f"{room:8} {share(reached, lines)}")
        for name, counts in sorted(files.items()):
            missed = sorted(number for number, count in counts.items() if count == 0)
            if missed:
                print(f"  {name}: {share(len(counts) - len(missed), len(counts))}")
                tell_file(name, missed, reasons)
    if all_lines == 0:
        sys.exit("no line was counted")
    print(f"{'lib':8} {share(all_reached, all_lines)}")
    sys.exit(0 if 100 * all_reached >= float(sys.argv[3]) * all_lines else 1)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Holds the branches that no test takes against the list of those that none can.

Usage: coverage_gaps.py REPORT.json GAPS.tsv

REPORT.json is what `gcovr --json` writes. A line of GAPS.tsv: the file, the text of the line of code, the reason, with tabs
between, once for each line of that text; it stays when the line's number moves. Tells each gap that is not listed, and each that is listed and is
none; the exit code is 0 only when there is neither.
"""
import collections
import json
import pathlib
import sys


def read_reasons(path):
    """Each line of the list: file, text of the line of code, reason."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line:
            continue
        columns = line.split("\t")
        if len(columns) != 3 or not all(columns):
            sys.exit(f"{path}:{number}: a file, a line of code and a reason are wanted, with tabs between")
        yield columns


def find_gaps(report):
    """Each line with a branch that was not taken, or that was not reached: their numbers by file and text."""
    gaps = collections.defaultdict(list)
    for file in report["files"]:
        source = pathlib.Path(file["file"]).read_text(encoding="utf-8").splitlines()
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            missed = sum(branch["count"] == 0 for branch in line.get("branches", []))
            if missed or line["count"] == 0:
                gaps[file["file"], source[line["line_number"] - 1].strip()].append(line["line_number"])
    return gaps


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    report = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    gaps = find_gaps(report)
    measured = {file["file"] for file in report["files"]}
    # How many lines of a text may be gaps.
    listed = collections.Counter((file, text) for file, text, _ in read_reasons(pathlib.Path(sys.argv[2])))
    unlisted = sorted((file, numbers, text) for (file, text), numbers in gaps.items() if len(numbers) > listed[file, text])
    closed = sorted((file, text) for (file, text), count in listed.items()
                    if file in measured and count > len(gaps.get((file, text), [])))
    for file, numbers, text in unlisted:
        places = ", ".join(map(str, numbers))
        print(f"{file}:{places}: not taken whole, and not listed as often: {text}")
    for file, text in closed:
        print(f"{file}: listed as a gap, and none any more: {text}")
    print(f"{len(gaps)} lines with gaps, {len(unlisted)} of them without a reason")
    sys.exit(1 if unlisted or closed else 0)


if __name__ == "__main__":
    main()

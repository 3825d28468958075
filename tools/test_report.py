#!/usr/bin/env python3
"""Counts the single test cases of a `meson test` run.

Usage: test_report.py MESON_LOGS

Reads testlog.junit.xml (every case of every GoogleTest and TAP program) and testlog.json (how each program ended: a
crash, a leak or a timeout leaves no failed case behind). Prints the failed and the skipped cases, the latter by reason,
and last `N passed, N failed, N skipped`. Exit code 0 when something ran and nothing failed, 1 otherwise.
"""
import collections
import json
import pathlib
import sys
import xml.etree.ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
GOOD_ENDS = {"OK", "EXPECTEDFAIL", "SKIP"}

Case = collections.namedtuple("Case", "program name outcome reason")


def outcome_of(element):
    """How one <testcase> ended, and why where it tells."""
    for tag in ("failure", "error"):
        found = element.find(tag)
        if found is not None:
            return FAILED, found.get("message") or found.text or ""
    found = element.find("skipped")
    if found is not None:
        return SKIPPED, found.get("message") or found.text or element.findtext("system-out") or ""
    if element.get("status") == "notrun":
        return SKIPPED, "disabled in the source"
    return PASSED, ""


def program_of(suite_name, element):
    """The Meson test that a case belongs to: `locket.codec.PngReader`, `locket.form`, or a case of the suite `locket`."""
    parts = suite_name.split(".")
    return parts[1] if len(parts) > 1 else element.get("name")


def read_cases(logs):
    root = xml.etree.ElementTree.parse(logs / "testlog.junit.xml").getroot()
    for suite in root.iter("testsuite"):
        for element in suite.iter("testcase"):
            outcome, reason = outcome_of(element)
            name = ".".join(filter(None, (element.get("classname"), element.get("name"))))
            yield Case(program_of(suite.get("name"), element), name, outcome, " ".join(reason.split()))


def read_ends(logs):
    with open(logs / "testlog.json", encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            yield entry["name"], entry["result"], entry["returncode"]


def judge(cases, ends):
    """The cases, with a failed one for each program that ended badly without telling which case it was."""
    failed_programs = {case.program for case in cases if case.outcome == FAILED}
    judged = list(cases)
    for name, result, returncode in ends:
        if result in GOOD_ENDS or name in failed_programs:
            continue
        judged = [case for case in judged if not (case.program == name and case.name.endswith("." + name))]
        judged.append(Case(name, name, FAILED, f"the program ended with {result} (exit code {returncode})"))
    return judged


def tell(cases):
    for case in cases:
        if case.outcome == FAILED:
            print(f"FAILED  {case.program}: {case.name}" + (f": {case.reason[:300]}" if case.reason else ""))
    by_reason = collections.defaultdict(list)
    for case in cases:
        if case.outcome == SKIPPED:
            by_reason[case.reason or "no reason given"].append(case)
    for reason, skipped in sorted(by_reason.items()):
        print(f"SKIPPED ({reason})")
        for case in skipped:
            print(f"        {case.program}: {case.name}")
    counts = collections.Counter(case.outcome for case in cases)
    print(f"{counts[PASSED]} passed, {counts[FAILED]} failed, {counts[SKIPPED]} skipped")
    return counts


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    logs = pathlib.Path(arguments[0])
    try:
        cases = judge(list(read_cases(logs)), list(read_ends(logs)))
    except (OSError, ValueError, xml.etree.ElementTree.ParseError) as error:
        print(f"FAILED  no test results: {error}")
        print("0 passed, 0 failed, 0 skipped")
        return 1
    counts = tell(cases)
    return 0 if counts[FAILED] == 0 and counts[PASSED] > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

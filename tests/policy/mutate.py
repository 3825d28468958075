#!/usr/bin/env python3
"""Breaks the decision and rate code of lib/policy in one place after the other, and tells whether the tests notice.

Every condition is forced to be true and to be false, every operand of && and || is deleted, every comparison is moved
by one or turned round, every plain assignment and call is deleted, and `return true` and `return false` are swapped. Each
mutant is built in a copy of the tree; the tests of policy must then fail, or not end in time.

    tests/policy/mutate.py                          all of the files below, about an hour
    tests/policy/mutate.py lib/policy/rate_debt.cpp some of them
    tests/policy/mutate.py --list                   the mutants, without building them

Mutants that no test can notice, because the program does the same, stand in equivalent_mutants.tsv with the reason.
The exit code is 0 only when every other mutant is killed.
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FILES = [f"lib/policy/{name}.cpp" for name in (
    "access_control", "access_directory", "access_facts", "access_rule", "access_rules", "access_snapshot",
    "memory_rate_limiter", "permission", "rate_debt", "rate_limiter")]
TESTS = "Access*:Permission*:Rate*:MemoryRate*:Decision*:Quoted*"
MEMORY_TESTS = "PolicyMemory*"
MATRIX_LAST = "PermissionMatrix*"  # thorough and slow, so it runs after the others

Mutant = collections.namedtuple("Mutant", "path line what start end text")


def masked(text):
    """The text with comments, strings and characters blanked, every place kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])\'', re.S)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def closing(code, opening):
    """The place of the bracket that closes the one at `opening`."""
    depth = 0
    for place in range(opening, len(code)):
        if code[place] in "([{":
            depth += 1
        elif code[place] in ")]}":
            depth -= 1
            if depth == 0:
                return place
    raise ValueError("a bracket without its other half")


def operand(code, place, step):
    """Where the operand of && or || ends that begins at `place` and goes on in direction `step`."""
    depth = 0
    ins, outs = ("([{", ")]}") if step > 0 else (")]}", "([{")
    while 0 <= place < len(code):
        if code[place] in ins:
            depth += 1
        elif code[place] in outs:
            depth -= 1
            if depth < 0:
                break
        elif depth == 0:
            pair = code[place:place + 2] if step > 0 else code[place - 1:place + 1]
            if pair in ("&&", "||") or code[place] in ",;?:" and pair != "::" and code[place - 1:place + 1] != "::":
                break
            if code[place] == "=" and code[place - 1] not in "=!<>" and code[place + 1] != "=":
                break
            if step < 0 and re.match(r"return\b", code[place - 5:place + 1] + " ") and code[place] == "n":
                break
        place += step
    return place


def last_statement(code, start, end):
    """Where the condition proper starts in the brackets of an `if` that may have an initializer."""
    depth = 0
    for place in range(end - 1, start, -1):
        depth += (code[place] in ")]}") - (code[place] in "([{")
        if code[place] == ";" and depth == 0:
            return place + 1
    return start


def conditions(path, text, code):
    for found in re.finditer(r"\bif \(", code):
        end = closing(code, found.end() - 1)
        start = last_statement(code, found.end(), end)
        declared = re.match(r"\s*(?:const )?auto\*? ?(\w+) =", code[start:end])
        for forced in ("true", "false"):
            new = f"{text[start:end]}; {forced}" if declared else f" static_cast<void>({text[start:end].strip()}), {forced}"
            yield mutant(path, text, start, end, new, f"condition is {forced}")
    for found in re.finditer(r" \? ", code):
        start = operand(code, found.start() - 1, -1) + 1
        while code[start] in "&|":
            start += 1
        # The condition of `a && b ? c : d` reaches over its operands.
        while code[start - 2:start] in ("&&", "||"):
            start = operand(code, start - 3, -1) + 1
        for forced in ("true", "false"):
            yield mutant(path, text, start, found.start(), f" (static_cast<void>({text[start:found.start()].strip()}), {forced})",
                         f"choice is {forced}")


def operands(path, text, code):
    for found in re.finditer(r"&&|\|\|", code):
        if re.match(r"\w*\s*[,)>]|&&\s*\w+\)", code[found.end():found.end() + 2]):
            continue  # a reference to an rvalue
        left = operand(code, found.start() - 1, -1) + 1
        right = operand(code, found.end(), 1)
        yield mutant(path, text, left, found.end(), " ", "left operand deleted")
        yield mutant(path, text, found.start(), right, " ", "right operand deleted")


COMPARISONS = {" < ": " <= ", " <= ": " < ", " > ": " >= ", " >= ": " > ", " == ": " != ", " != ": " == "}


def comparisons(path, text, code):
    for found in re.finditer(r" (?:<=?|>=?|==|!=) ", code):
        if code[found.start() - 8:found.start()] == "operator":
            continue
        new = COMPARISONS[found.group()]
        yield mutant(path, text, found.start(), found.end(), new, f"{found.group().strip()} becomes {new.strip()}")


def statements(path, text, code):
    for found in re.finditer(r"^ +[\w.\->\[\]() /+]+ (?:[-+|]?=) [^;{]*;$", code, re.M):
        first = found.group().split()[0]
        if first in ("const", "auto", "static", "using", "return") or re.match(r"[\w:<>]+ [\w]+ =", found.group().strip()):
            continue
        yield mutant(path, text, found.start(), found.end(), "", "assignment deleted")
    for found in re.finditer(r"^ +(?!return\b)\w[\w.\->\[\]]+\([^;{]*\);$", code, re.M):
        opening = code.index("(", found.start())
        if closing(code, opening) != found.end() - 2 or re.search(r"\b(reserve|shrink_to_fit)$", code[:opening]):
            continue  # a part of an expression, or a call that changes only what memory is held
        yield mutant(path, text, found.start(), found.end(), "", "call deleted")
    for found in re.finditer(r"\breturn (true|false);", code):
        other = "false" if found.group(1) == "true" else "true"
        yield mutant(path, text, found.start(), found.end(), f"return {other};", f"returns {other}")


def mutant(path, text, start, end, new, what):
    line = text.count("\n", 0, start + len(text[start:end]) - len(text[start:end].lstrip())) + 1
    return Mutant(path, line, what, start, end, new)


def mutants_of(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    code = masked(text)
    found = [mutant for kind in (conditions, operands, comparisons, statements) for mutant in kind(path, text, code)]
    return sorted(found, key=lambda one: (one.line, one.start, one.what))


def source_line(one):
    return (ROOT / one.path).read_text(encoding="utf-8").splitlines()[one.line - 1].strip()


def equivalents():
    """The known mutants that change nothing: file, line's text and kind, with the reason."""
    known = {}
    for line in (HERE / "equivalent_mutants.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            path, source, what, reason = line.split("\t")
            known[(path, source, what)] = reason
    return known


class Workshop:
    """A copy of the tree, with a build folder of its own."""

    def __init__(self, folder):
        self.tree = folder / "tree"
        self.build = folder / "build"
        files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
        shutil.rmtree(self.tree, ignore_errors=True)
        for name in files.decode().split("\0"):
            if name and (ROOT / name).is_file():
                target = self.tree / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target)
        if not (self.build / "build.ninja").exists():
            subprocess.run(["meson", "setup", self.build, self.tree, "--buildtype=plain", "-Dwerror=false",
                            "-Dcpp_args=-O0 -w -D_GLIBCXX_ASSERTIONS"], check=True, stdout=subprocess.DEVNULL)

    def fails(self):
        """Whether the tests notice: `killed`, `survived`, or `not built`."""
        programs = ["tests/policy/policy-test", "tests/policy/policy-memory-test"]
        built = subprocess.run(["ninja", "-C", self.build, *programs], capture_output=True)
        if built.returncode != 0:
            return "not built"
        environment = dict(os.environ, LOCKET_TEST_DATA=str(self.tree / "tests/data"),
                           LOCKET_TEST_GOLDEN=str(self.tree / "tests/golden"))
        for program, tests in ((programs[0], f"{TESTS}-{MATRIX_LAST}"), (programs[1], MEMORY_TESTS),
                               (programs[0], MATRIX_LAST)):
            try:
                run = subprocess.run([self.build / program, f"--gtest_filter={tests}", "--gtest_fail_fast"],
                                     env=environment, capture_output=True, timeout=300)
            except subprocess.TimeoutExpired:
                return "killed"
            if run.returncode != 0:
                return "killed"
        return "survived"

    def judge(self, one):
        target = self.tree / one.path
        text = target.read_text(encoding="utf-8")
        try:
            target.write_text(text[:one.start] + one.text + text[one.end:], encoding="utf-8")
            return self.fails()
        finally:
            target.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", default=FILES, metavar="FILE")
    parser.add_argument("--list", action="store_true", help="tell the mutants without building them")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build-mutation", help="where to build")
    arguments = parser.parse_args()
    everything = [one for path in arguments.files for one in mutants_of(path)]
    if arguments.list:
        for one in everything:
            print(f"{one.path}:{one.line}: {one.what}: {source_line(one)}")
        return 0
    known = equivalents()
    workshop = Workshop(arguments.folder)
    if workshop.fails() != "survived":
        print("The tests do not pass before anything is broken.", file=sys.stderr)
        return 2
    counts = collections.Counter()
    for one in everything:
        outcome = "equivalent" if (one.path, source_line(one), one.what) in known else workshop.judge(one)
        counts[outcome] += 1
        print(f"{outcome}: {one.path}:{one.line}: {one.what}: {source_line(one)}", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    return 1 if counts["survived"] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Proves that a picture can't be served past a stage: control.cpp compiles, each other file fails for its stated reason.

Usage: must_not_compile.py FOLDER INCLUDE_FOLDER COMPILER...
"""
import os
import re
import subprocess
import sys


def compile_errors(compiler, include, path):
    command = [*compiler, "-std=c++23", "-fsyntax-only", "-I", include, path]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    return None if run.returncode == 0 else run.stderr


def fault(compiler, include, path):
    errors = compile_errors(compiler, include, path)
    if os.path.basename(path) == "control.cpp":
        return None if errors is None else "the control does not compile:\n" + errors
    if errors is None:
        return "compiles, but must not"
    with open(path, encoding="utf-8") as source:
        expected = re.match(r"// expect: (.*)", source.readline()).group(1)
    first = next((line for line in errors.splitlines() if "error:" in line), errors)
    return None if re.search(expected, first) else f"fails for another reason: {first}"


def main():
    folder, include, *compiler = sys.argv[1:]
    names = sorted(name for name in os.listdir(folder) if name.endswith(".cpp"))
    faults = {name: fault(compiler, include, os.path.join(folder, name)) for name in names}
    for name, what in faults.items():
        print(f"{'ok' if what is None else 'FAILED'} {name}" + (f": {what}" if what else ""))
    sys.exit(1 if len(names) < 2 or any(faults.values()) else 0)


if __name__ == "__main__":
    main()

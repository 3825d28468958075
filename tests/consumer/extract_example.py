#!/usr/bin/env python3
"""Writes the first C++ example of a Markdown file into a source file, so that it is compiled as it is printed.

Usage: extract_example.py README.md OUTPUT.cpp
"""
import pathlib
import re
import sys

source, target = (pathlib.Path(word) for word in sys.argv[1:3])
examples = re.findall(r"^```cpp\n(.*?)^```$", source.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
if not examples:
    sys.exit(f"{source} holds no C++ example")
target.write_text(examples[0], encoding="utf-8")

"""Rules on the text of files: their length, their names, and words that must not stand in them."""
import re
import shutil
import subprocess

import source_tree

LINES_MAX = 500
VAGUE_NAMES = {"util", "utils", "utility", "common", "helper", "helpers", "manager", "misc", "stuff"}

# Taken apart, so that this file does not hold what it looks for.
FORBIDDEN = [
    (r"/(wor" r"k|fa" r"rm)/", "a path of somebody's machine"),
    (r"/tm" r"p/(stu" r"dio|bash_" r"jobs)", "a path of somebody's machine"),
    (r"\bTO" r"DO\b|\bFIX" r"ME\b|\bXX" r"X\b|\bHA" r"CK\b", "unfinished work"),
    (r"\bissues? #?\d+|\bpull request\b", "a reference to a tracker"),
    (r"(registry\.npm" r"js\.org|\bpyp" r"i\.org|files\.python" r"hosted\.org|\bcrates" r"\.io|proxy\.gol" r"ang\.org)",
     "the host of a package registry"),
    (r"^\s*(//|#)\s*[-=*#/]{5,}", "a banner"),
    (r"^-----BEGIN ([A-Z]+ )*PRIVATE KEY-----$", "a private key"),
]


def length_faults(root):
    """Sources that are too long."""
    faults = []
    for path in source_tree.sources(root):
        lines = source_tree.read(root, path).count("\n")
        if lines > LINES_MAX:
            faults.append(f"{path}: {lines} lines, over {LINES_MAX}")
    return faults


def name_faults(root):
    """Files and folders whose names tell nothing."""
    return [f"{path}: the name tells nothing" for path in source_tree.sources(root)
            if any(set(re.split(r"[_.\-]", part)) & VAGUE_NAMES for part in path.parts)]


def is_text(root, path):
    """Whether a file holds text that somebody wrote."""
    with open(f"{root}/{path}", "rb") as file:
        return b"\0" not in file.read(4096)


def word_faults(root):
    """Words that must not be committed."""
    faults = []
    for path in source_tree.files(root):
        if not is_text(root, path):
            continue
        for number, line in enumerate(source_tree.read(root, path).splitlines(), 1):
            for pattern, what in FORBIDDEN:
                if re.search(pattern, line):
                    faults.append(f"{path}:{number}: {what}")
    return faults


def formatter():
    """The clang-format that the project is written with, or nothing where it is not installed."""
    return shutil.which("clang-format-19")


def format_faults(root):
    """Sources that clang-format would write otherwise."""
    paths = [str(path) for path in source_tree.sources(root, source_tree.CPP)]
    if not paths:
        return []
    told = subprocess.run([formatter(), "--dry-run", "-Werror", "--ferror-limit=1", *paths], cwd=root, check=False,
                          capture_output=True, text=True)
    if told.returncode == 0:
        return []
    faults = re.findall(r"^(\S+?):\d+:\d+: error", told.stderr, re.MULTILINE)
    return [f"{path}: not as clang-format-19 writes it" for path in sorted(set(faults))] or [told.stderr]


def wrap_faults(root):
    """Wraps whose downloads are not pinned by a SHA-256 each, or do not come over HTTPS."""
    faults = []
    for path in source_tree.files(root):
        if path.suffix != ".wrap":
            continue
        entries = dict(re.findall(r"^(\w+) = (.+)$", source_tree.read(root, path), re.MULTILINE))
        for kind in ("source", "patch"):
            if kind == "patch" and not any(key.startswith("patch_") for key in entries):
                continue
            if not re.fullmatch(r"[0-9a-f]{64}", entries.get(f"{kind}_hash", "")):
                faults.append(f"{path}: no SHA-256 of its {kind}")
            if not entries.get(f"{kind}_url", "").startswith("https://"):
                faults.append(f"{path}: its {kind} does not come over HTTPS")
    return faults

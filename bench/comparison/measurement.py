"""What is measured of one picture: times in interleaved rounds, bytes, quality and memory."""
import dataclasses
import os
import pathlib
import statistics
import subprocess

from contender import ContenderError
from picture import read_picture

SIZES = {"small": (400, 250), "large": (800, 500)}


@dataclasses.dataclass
class Outcome:
    """What one contender did with one picture."""
    error: str = ""
    wall_ms: list = dataclasses.field(default_factory=list)
    cpu_ms: list = dataclasses.field(default_factory=list)
    png_bytes: dict = dataclasses.field(default_factory=dict)
    psnr_db: dict = dataclasses.field(default_factory=dict)
    psnr_rounded_db: dict = dataclasses.field(default_factory=dict)
    memory_kib: int | None = None

    def ms(self, clock):
        """The median of its times by the `wall` or the `cpu` clock."""
        times = self.wall_ms if clock == "wall" else self.cpu_ms
        return statistics.median(times) if times else None


def run_rounds(contenders, picture, rounds, outcomes):
    """Lets the contenders render one after the other, round by round; another one begins each time.

    The first round warms code and files up and is not counted.
    """
    for contender in contenders:
        try:
            contender.open(picture.path)
        except ContenderError as error:
            outcomes[contender.name].error = str(error)
    for number in range(rounds + 1):
        turn = number % len(contenders)
        for contender in contenders[turn:] + contenders[:turn]:
            outcome = outcomes[contender.name]
            if outcome.error:
                continue
            try:
                [(wall_ns, cpu_ns)] = contender.render()
            except ContenderError as error:
                outcome.error = str(error)
                continue
            if number > 0:
                outcome.wall_ms.append(wall_ns / 1e6)
                outcome.cpu_ms.append(cpu_ns / 1e6)


def save_pngs(contender, outcome, folder):
    """Has a contender write its PNGs and notes their bytes; the path of each size."""
    prefix = folder / contender.name.replace(" ", "_")
    contender.save(prefix)
    paths = {size: pathlib.Path(f"{prefix}.{size}.png") for size in SIZES}
    for size, path in paths.items():
        png = read_picture(path)
        if png is None or (png.width_px, png.height_px) != SIZES[size]:
            raise ContenderError(f"its {size} picture has the wrong size")
        outcome.png_bytes[size] = png.size_bytes
    return paths


def judge(quality_program, picture, fit, pngs, outcomes):
    """Compares finished PNGs with the float reference. `pngs`: (contender's name, size) to path."""
    if not pngs:
        return
    command = [str(quality_program), str(picture.path), fit, *map(str, pngs.values())]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode != 0:
        raise ContenderError(f"no reference: {told.stderr.strip()}")
    for (name, size), line in zip(pngs, told.stdout.splitlines()):
        exact_db, rounded_db = line.split("\t")[1:]
        outcomes[name].psnr_db[size] = float(exact_db)
        outcomes[name].psnr_rounded_db[size] = float(rounded_db)


def judge_all(quality_program, picture, contenders, cover, outcomes, folder):
    """Bytes and quality of every contender's last result, and the quality of ours with the fit `cover`."""
    pngs = {}
    for contender in contenders:
        outcome = outcomes[contender.name]
        if outcome.error:
            continue
        try:
            pngs |= {(contender.name, size): path for size, path in save_pngs(contender, outcome, folder).items()}
        except ContenderError as error:
            outcome.error = str(error)
    judge(quality_program, picture, "stretch", pngs, outcomes)
    if cover is None:
        return
    outcome = outcomes.setdefault(cover.name, Outcome())
    try:
        cover.open(picture.path)
        cover.render()
        paths = save_pngs(cover, outcome, folder)
        judge(quality_program, picture, "cover", {(cover.name, size): path for size, path in paths.items()}, outcomes)
    except ContenderError as error:
        outcome.error = str(error)


def measure_memory(recipe, picture, outcome):
    """Notes what one rendering adds to a fresh process at its highest."""
    with recipe.start() as contender:
        try:
            contender.open(picture.path)
            outcome.memory_kib = contender.memory_kib()
        except ContenderError as error:
            outcome.error = outcome.error or str(error)


def measure_threads(program, paths, rounds, cores):
    """Renders all files with one and with two threads in turn, on these cores; the medians, or nothing on one core."""
    if len(cores) < 2:
        return None
    told = subprocess.run([str(program), str(rounds), *map(str, paths)], capture_output=True, text=True, check=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, cores))
    runs = [tuple(map(float, line.split())) for line in told.stdout.splitlines()]
    medians = {count: [statistics.median(run[clock] for run in runs if run[0] == count) for clock in (1, 2)]
               for count in (1, 2)}
    return {"pictures": len(paths), "one_thread_ms": medians[1][0], "two_threads_ms": medians[2][0],
            "times_faster": medians[1][0] / medians[2][0],
            "cpu_ms": {"one_thread": medians[1][1], "two_threads": medians[2][1]}}

#!/usr/bin/env python3
"""Imports many pictures: as fast as the renderer alone, in little memory, and whatever kills it.

Usage: import_soak.py [--pictures 10000] [--sources FOLDER] [--folder DIR] [--jobs 2] [--slice 500]

Makes the pictures of real ones (see picture_series.py), then
  imports them in one run, slice by slice, with the renderer alone on the same files and threads after each slice, and
    tells the ratio of their times: LOCKET_RENDER_ALONE names that program (build/bench/comparison/render-alone);
  imports them again, which must skip all;
  imports them into a second store, killed three times, then to the end: what was told as stored must be there;
  compares the exports of both stores, file by file, and checks them.
LOCKET_PROGRAM names the program. Ends with 1 when a promise is broken.
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import picture_series

KILLS = 3
TICKS = os.sysconf("SC_CLK_TCK")


class Broken(Exception):
    """A promise that was not kept."""


def require(kept, what):
    if not kept:
        raise Broken(what)


def cpu_seconds(process):
    """What a running process has used of the processors."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Soak:
    def __init__(self, folder, paths, jobs):
        self.folder, self.paths, self.jobs = folder, paths, jobs
        self.program = os.environ["LOCKET_PROGRAM"]
        self.renderer = os.environ.get("LOCKET_RENDER_ALONE")
        self.lines = [f"{path.stem}\t{picture_series.ITWIN}\t{path}\n" for path in paths]

    def start(self, store, *words, **streams):
        return subprocess.Popen([self.program, "import", *words, "--store", self.folder / store, "--json", "--jobs",
                                 str(self.jobs)], text=True, stdout=subprocess.PIPE, **streams)

    def run(self, *words):
        told = subprocess.run([self.program, *map(str, words)], check=False, capture_output=True, text=True)
        require(told.returncode == 0, f"{words}: exit code {told.returncode}\n{told.stdout}{told.stderr}")
        return told.stdout

    def render_alone(self, paths):
        told = subprocess.run([self.renderer, str(self.jobs), *map(str, paths)], check=True, capture_output=True, text=True)
        rendered, wall_ms, cpu_ms = told.stdout.split()
        require(int(rendered) == len(paths), f"the renderer alone refused {len(paths) - int(rendered)} pictures")
        return float(wall_ms) / 1e3, float(cpu_ms) / 1e3

    def single_run(self, slice_size):
        """One import that is fed slice by slice; gives its wall and CPU time, the renderer's, and the peak memory."""
        process = self.start("single", "-", "--root", "/", stdin=subprocess.PIPE)
        ours, alone = [0.0, 0.0], [0.0, 0.0]
        for begin in range(0, len(self.paths), slice_size):
            lines = self.lines[begin:begin + slice_size]
            cpu, wall = cpu_seconds(process), time.monotonic()
            process.stdin.write("".join(lines))
            process.stdin.flush()
            for _ in lines:
                require(json.loads(process.stdout.readline())["status"] == "stored", "a picture was not stored")
            ours[0] += time.monotonic() - wall
            ours[1] += cpu_seconds(process) - cpu
            if self.renderer:
                wall, cpu = self.render_alone(self.paths[begin:begin + slice_size])
                alone[0], alone[1] = alone[0] + wall, alone[1] + cpu
        cpu, wall = cpu_seconds(process), time.monotonic()
        process.stdin.close()
        summary = json.loads(process.stdout.readlines()[-1])["summary"]
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        ours[0] += time.monotonic() - wall
        require(process.returncode == 0 and summary["stored"] == len(self.paths), f"the single run ended with {summary}")
        return ours, alone, usage.ru_maxrss

    def import_all(self, store):
        process = self.start(store, self.folder / "pictures", "--itwin", picture_series.ITWIN)
        lines = [json.loads(line) for line in process.stdout]
        require(process.wait() == 0, "an import failed")
        return {line["file"]: line["status"] for line in lines[:-1]}, lines[-1]["summary"]

    def killed_runs(self):
        """Kills the import three times as it goes on; gives the files that it had told as stored."""
        acknowledged = set()
        for kill in range(1, KILLS + 1):
            process = self.start("killed", self.folder / "pictures", "--itwin", picture_series.ITWIN)
            for line in process.stdout:
                told = json.loads(line)
                require(told["status"] != "failed", f"{told}")
                acknowledged.add(told["file"])
                if len(acknowledged) >= len(self.paths) * kill // (KILLS + 1):
                    break
            process.kill()
            process.stdout.close()
            process.wait()
        return acknowledged

    def exported(self, store):
        """The digest of every file of an export."""
        folder = self.folder / "exported"
        self.run("export", folder, "--store", self.folder / store)
        digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        shutil.rmtree(folder)
        return digests


def soak(folder, paths, jobs, slice_size, tell=print):
    """All of it on pictures that were made in folder/pictures. Raises Broken."""
    run = Soak(folder, paths, jobs)
    ours, alone, peak_kb = run.single_run(slice_size)
    tell(f"single run     {len(paths)} stored in {ours[0]:.1f} s, {len(paths) / ours[0]:.1f} a second, "
         f"{ours[1] / len(paths) * 1e3:.2f} ms of CPU each; peak memory {peak_kb / 1024:.0f} MB")
    if run.renderer:
        tell(f"renderer alone {alone[0]:.1f} s, {alone[1] / len(paths) * 1e3:.2f} ms of CPU each: the import reaches "
             f"{100 * alone[0] / ours[0]:.1f} % of it by the clock, {100 * alone[1] / ours[1]:.1f} % by CPU time")
    statuses, summary = run.import_all("single")
    require(set(statuses.values()) == {"unchanged"}, "a second run did not skip all")
    tell(f"second run     {summary['unchanged']} skipped in {summary['seconds']:.1f} s")
    acknowledged = run.killed_runs()
    statuses, summary = run.import_all("killed")
    lost = [file for file in acknowledged if statuses[file] != "unchanged"]
    require(not lost, f"{len(lost)} were told as stored and were not")
    tell(f"killed {KILLS} times {len(acknowledged)} told before, none lost; {summary['stored']} stored by the last run")
    single = run.exported("single")
    require(len(single) == 2 * len(paths), "an export lacks pictures")
    require(single == run.exported("killed"), "the stores differ")
    for store in ("single", "killed"):
        run.run("check", "--store", folder / store)
    tell(f"stores         {len(single)} exported PNGs of each, all equal; both checked")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--sources", type=pathlib.Path, default=root.parent / "shared/corpus/imodel")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--slice", type=int, default=500)
    options = parser.parse_args()
    os.environ.setdefault("LOCKET_PROGRAM", str(root / "build/tools/locket/locket"))
    with tempfile.TemporaryDirectory(dir=options.folder, ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name).resolve()
        paths = picture_series.make_pictures(options.sources, folder / "pictures", options.pictures)
        print(f"made           {len(paths)} pictures, {sum(path.stat().st_size for path in paths) / 1e6:.0f} MB", flush=True)
        try:
            soak(folder, paths, options.jobs, options.slice, lambda line: print(line, flush=True))
        except Broken as broken:
            sys.exit(f"BROKEN: {broken}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Plays the plan of SCALING.md on paper: hit rates of the front-ends' memory, the limiter with local budgets, recovery.

Usage: simulate.py [--json]. Each part says what goes in; what comes out is counted, not guessed. No cluster is needed.
"""
import argparse
import bisect
import collections
import itertools
import json
import math
import random

# What goes in: the plan's sizes, and what was measured (see SCALING.md for how).
IMODELS = 100_000_000
REQUESTS_PER_S = 1_000_000
FRONT_ENDS = 64
PICTURE_BYTES = 185_000         # an average PNG of real pictures, small and large
MEMORY_BYTES = 16 << 30         # for pictures, in each front-end
OBJECT_BYTES = 370_000          # both PNGs of an iModel
OSDS = 48
OSD_BYTES_PER_S = 100_000_000   # that recovery may take of one disk, beside its other work
COPIES = 3


def zipf_hit_rate(kept, exponent, items=IMODELS):
    """The share of requests that go to the `kept` most asked-for of so many items (harmonic sums, by Euler-Maclaurin)."""
    def harmonic(n):
        exact = min(n, 1_000)
        total = sum(k ** -exponent for k in range(1, exact + 1))
        if n > exact:
            if exponent == 1:
                total += math.log(n / exact)
            else:
                total += (n ** (1 - exponent) - exact ** (1 - exponent)) / (1 - exponent)
        return total
    return harmonic(kept) / harmonic(items)


class Fifo:
    """The front-end's memory as it is built: newcomers wait in a small queue, and stay when they are asked for again."""

    def __init__(self, places):
        self.fresh_most = max(1, places // 10)
        self.most = places
        self.fresh = collections.OrderedDict()
        self.proven = collections.OrderedDict()
        self.gone = collections.OrderedDict()

    def ask(self, key):
        for queue in (self.fresh, self.proven):
            if key in queue:
                queue[key] = min(queue[key] + 1, 3)
                return True
        if self.gone.pop(key, None) is not None:
            self.proven[key] = 0
        else:
            self.fresh[key] = 0
        while len(self.fresh) + len(self.proven) > self.most:
            self.make_room()
        return False

    def make_room(self):
        from_fresh = len(self.fresh) > self.fresh_most or not self.proven
        key, uses = (self.fresh if from_fresh else self.proven).popitem(last=False)
        if from_fresh and uses >= 2:
            self.proven[key] = 0
        elif not from_fresh and uses > 0:
            self.proven[key] = uses - 1
        elif from_fresh:
            self.gone[key] = None
            while len(self.gone) > max(64, len(self.proven)):
                self.gone.popitem(last=False)


def played_hit_rate(share, exponent, items=100_000, requests=400_000):
    """The same of a small world that is played request by request, the first half only to fill the memory."""
    generator = random.Random(1)
    sums = list(itertools.accumulate(k ** -exponent for k in range(1, items + 1)))
    memory = Fifo(int(items * share))
    hits = 0
    for request in range(requests):
        hit = memory.ask(bisect.bisect(sums, generator.random() * sums[-1]))
        hits += hit and request >= requests // 2
    return hits / (requests - requests // 2)


def hit_rates():
    places = MEMORY_BYTES // PICTURE_BYTES
    lines = []
    for exponent in (0.8, 1.0, 1.2):
        for name, kept in (("each front-end for itself", places), ("requests led by iModel", places * FRONT_ENDS)):
            share = kept / IMODELS
            best = zipf_hit_rate(kept, exponent)
            to_ceph = round(REQUESTS_PER_S * (1 - best))
            lines.append({"skew": exponent, "memory": name, "kept_share": round(share, 5), "hit_rate": round(best, 3),
                          "reads_of_ceph_per_s": to_ceph})
    check = [{"skew": exponent, "kept_share": share, "played": round(played_hit_rate(share, exponent), 3),
              "formula": round(zipf_hit_rate(int(100_000 * share), exponent, 100_000), 3)}
             for exponent, share in ((0.8, 0.01), (1.0, 0.01), (1.0, 0.1), (1.2, 0.01))]
    return {"plan": lines, "small_world_played": check}


def limiter(processes, batch, calls=5_000, seconds=60, kept_ms=1_000, offered=2.0, generator=None):
    """One client whose calls come at random to `processes`, each of which charges `batch` calls at once and loses what
    it has not used after `kept_ms`, or when time has paid it back. GCRA with a full burst at the start. Result: what was
    let in, of what was due."""
    generator = generator or random.Random(7)
    debt = 0.0
    last = 0.0
    kept = [(0.0, 0.0, 0.0)] * processes  # calls that are left, when those made are paid back, when all are lost
    admitted = asked = 0
    now = 0.0
    due_rate = calls / seconds
    while now < 2 * seconds:
        now += generator.expovariate(offered * due_rate)
        process = generator.randrange(processes)
        left, paid_back_at, until = kept[process]
        left = max(0.0, left - max(0.0, now - paid_back_at) * due_rate) if now < until else 0.0
        paid_back_at = max(paid_back_at, now) + 1 / due_rate
        if left >= 1:
            kept[process] = (left - 1, paid_back_at, until)
            admitted += 1
            continue
        asked += 1
        debt = max(0.0, debt - (now - last) * due_rate)
        last = now
        for wanted in (batch, 1):
            if debt + wanted <= calls:
                debt += wanted
                admitted += 1
                kept[process] = (left + wanted - 1, paid_back_at, now + kept_ms / 1_000)
                break
    due = calls + due_rate * now
    return {"processes": processes, "calls_at_once": batch, "offered_of_limit": offered,
            "let_in_of_due": round(min(admitted, offered * due_rate * now) / min(due, offered * due_rate * now), 4),
            "over_the_limit": max(0, math.ceil(admitted - due)), "asked_redis": round(asked / (offered * due_rate * now), 4)}


def recovery():
    """A disk dies: every other disk writes its share of the copies that are missing. The chance that, before they are
    made, two more die that hold the same objects, at 4 % of disks a year."""
    total = IMODELS * OBJECT_BYTES * COPIES
    disk = total / OSDS
    copy_s = disk / ((OSDS - 1) * OSD_BYTES_PER_S)
    failures_per_s = 0.04 / (365 * 86_400)
    second = (OSDS - 1) * failures_per_s * copy_s
    third = (OSDS - 2) * failures_per_s * copy_s / 2
    groups = 2_048
    shared = min(1.0, groups * COPIES / OSDS * 2 / ((OSDS - 1) * (OSDS - 2)))
    per_year = OSDS * 0.04 * second * third * shared
    generator = random.Random(3)
    trials = 200
    worst = max(play_recovery(generator, groups) for _ in range(trials))
    return {"bytes_on_a_disk": round(disk), "recovery_s_even": round(copy_s), "recovery_s_worst_of_200": round(worst),
            "placement_groups": groups, "any_loss_per_year": float(f"{per_year:.1e}")}


def play_recovery(generator, groups):
    """Places groups on disks at random, ends one disk, and lets each group be copied to a disk that has it not."""
    size = IMODELS * OBJECT_BYTES / groups
    work = [0.0] * OSDS
    for _ in range(groups):
        disks = generator.sample(range(OSDS), COPIES)
        if 0 not in disks:
            continue
        choices = [disk for disk in generator.sample(range(1, OSDS), 2) if disk not in disks] or [
            disk for disk in range(1, OSDS) if disk not in disks]
        work[choices[0]] += size
    return max(work) / OSD_BYTES_PER_S


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object, and nothing else")
    wanted = parser.parse_args()
    result = {"hit_rates": hit_rates(),
              "limiter": [limiter(processes, batch, offered=offered) for processes in (1, 4, 64) for batch in (1, 10, 50)
                          for offered in (0.9, 2.0)],
              "recovery": recovery()}
    if wanted.json:
        print(json.dumps(result))
        return
    for name, lines in (("hit rates", result["hit_rates"]["plan"]),
                        ("the same in a small world, played", result["hit_rates"]["small_world_played"]),
                        ("limiter", result["limiter"]), ("recovery", [result["recovery"]])):
        print(f"\n{name}\n" + "  ".join(lines[0]))
        for line in lines:
            print("  ".join(str(value) for value in line.values()))


if __name__ == "__main__":
    main()

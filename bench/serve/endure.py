#!/usr/bin/env python3
"""What `locket serve` does under 10,000 idle connections, under slow senders, and over 1,000,000 requests.

Usage: endure.py [--program LOCKET] [--pictures FOLDER] [--requests N] [--idle N] [--slow N]

Prints one line of JSON for each part: memory (resident set, KiB) and descriptors before, during and after, and what was
answered meanwhile.
"""
import argparse
import json
import os
import pathlib
import socket
import tempfile
import time
import urllib.request

from deployment import SOURCE, Deployment, raise_descriptor_limit, wrk

SETTLE_S = 30


class Watched:
    """The server's process, as the system sees it."""

    def __init__(self, process):
        self.folder = pathlib.Path(f"/proc/{process.pid}")

    def resident_kib(self):
        for line in (self.folder / "status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise RuntimeError("the server is gone")

    def descriptors(self):
        return len(os.listdir(self.folder / "fd"))

    def settle(self, descriptors):
        end = time.monotonic() + SETTLE_S
        while self.descriptors() > descriptors and time.monotonic() < end:
            time.sleep(0.1)
        return self.descriptors()


def fetch_ms(port, path, token):
    """One fetch on a connection of its own. Result: how long it took, in milliseconds."""
    begun = time.monotonic()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()
    return round((time.monotonic() - begun) * 1000, 1)


def hold(port, count, first_bytes):
    """Opens connections and sends the same first bytes on each."""
    connections = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), 60)
        connection.sendall(first_bytes)
        connections.append(connection)
    return connections


def idle(watched, port, path, token, count):
    before = (watched.resident_kib(), watched.descriptors())
    connections = hold(port, count, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    for connection in connections:
        connection.recv(4096)
    during = (watched.resident_kib(), watched.descriptors())
    told = {"part": "idle connections", "count": count, "kib_before": before[0], "kib_during": during[0],
            "kib_each": round((during[0] - before[0]) / count, 2), "descriptors_during": during[1],
            "fetch_ms_meanwhile": sorted(fetch_ms(port, path, token) for _ in range(21))[10]}
    for connection in connections:
        connection.close()
    return told | {"descriptors_before": before[1], "descriptors_after": watched.settle(before[1]), "kib_after": watched.resident_kib()}


def slow(watched, port, path, token, count):
    """Senders that never get to the end of their request's head: each gets a 408."""
    before = watched.descriptors()
    connections = hold(port, count, b"GET /health HTTP/1.1\r\nHost: x\r\n")
    begun = time.monotonic()
    fetches = []
    while time.monotonic() - begun < 5:
        for connection in connections:
            connection.sendall(b"A: b\r\n")
        fetches.append(fetch_ms(port, path, token))
        time.sleep(1)
    answers = {}
    for connection in connections:
        try:
            line = connection.recv(4096).split(b"\r\n")[0].decode("latin-1")
        except ConnectionResetError:
            line = "reset"
        answers[line] = answers.get(line, 0) + 1
        connection.close()
    return {"part": "slow senders", "count": count, "answers": answers, "seconds_until_all_were_answered": round(time.monotonic() - begun, 1),
            "fetch_ms_meanwhile": sorted(fetches)[len(fetches) // 2], "descriptors_before": before, "descriptors_after": watched.settle(before)}


def many(watched, port, deployment, folder, requests):
    """As many requests, in rounds, with the memory after each."""
    paths = [f"/imodels/{imodel}/thumbnail?size={size}" for imodel in deployment.imodels for size in ("small", "large")]
    done, kib = 0, []
    before = watched.descriptors()
    while done < requests:
        done += round(wrk(folder, f"http://127.0.0.1:{port}", paths, deployment.token, 10, 64, 1) * 10)
        kib.append(watched.resident_kib())
    half = len(kib) // 2
    return {"part": "many requests", "requests": done, "kib_after_the_first_10_s": kib[0], "kib_half_way": kib[half], "kib_at_the_end": kib[-1],
            "kib_highest": max(kib), "descriptors_before": before, "descriptors_after": watched.settle(before)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=SOURCE / "build/tools/locket/locket")
    parser.add_argument("--pictures", default=SOURCE / "examples/pictures")
    parser.add_argument("--requests", type=int, default=1000000)
    parser.add_argument("--idle", type=int, default=10000)
    parser.add_argument("--slow", type=int, default=1000)
    options = parser.parse_args()
    allowed = raise_descriptor_limit(options.idle + 200)
    if allowed < options.idle + 200:
        parser.error(f"this machine lets a process have {allowed} descriptors only")
    with tempfile.TemporaryDirectory() as folder:
        deployment = Deployment(options.program, folder, options.pictures)
        try:
            port, process = deployment.start_locket(2, "--access-log", "off")
            watched = Watched(process)
            path = f"/imodels/{deployment.imodels[0]}/thumbnail"
            fetch_ms(port, path, deployment.token)
            print(json.dumps(idle(watched, port, path, deployment.token, options.idle)), flush=True)
            print(json.dumps(slow(watched, port, path, deployment.token, options.slow)), flush=True)
            print(json.dumps(many(watched, port, deployment, folder, options.requests)), flush=True)
        finally:
            deployment.close()


if __name__ == "__main__":
    main()

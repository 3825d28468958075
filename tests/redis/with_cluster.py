#!/usr/bin/env python3
"""Runs a test program beside a Redis Cluster of three masters, which it starts and takes down.

Usage: with_cluster.py CLUSTER.SH PROGRAM ARGUMENT...
Where LOCKET_TEST_REDIS names a cluster, that one is used; where there is no redis-server, the program skips what needs it.
"""
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile

TRIES = 5


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports():
    """The first of three ports in a row that are free, as those are on which the servers talk to each other."""
    while True:
        first = random.randrange(10_000, 22_000)
        if all(is_free(first + i) and is_free(first + 10_000 + i) for i in range(3)):
            return first


def main():
    script, program = sys.argv[1], sys.argv[2:]
    if "LOCKET_TEST_REDIS" in os.environ or not all(map(shutil.which, ("redis-server", "redis-cli"))):
        return subprocess.run(program, check=False).returncode
    for attempt in range(TRIES):
        with tempfile.TemporaryDirectory(prefix="locket-redis-") as folder:
            port = free_ports()
            environment = os.environ | {"LOCKET_CLUSTER": f"{folder}/cluster", "LOCKET_CLUSTER_PORT": str(port)}
            try:
                up = subprocess.run([script, "up", "redis"], env=environment, check=False, capture_output=True, text=True)
                if up.returncode == 0:
                    environment["LOCKET_TEST_REDIS"] = f"127.0.0.1:{port}"
                    return subprocess.run(program, env=environment, check=False).returncode
            finally:
                subprocess.run([script, "down"], env=environment, check=False)
        print(f"try {attempt + 1}: {up.stdout}{up.stderr}", file=sys.stderr)
    return 1


sys.exit(main())

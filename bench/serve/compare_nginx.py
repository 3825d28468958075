#!/usr/bin/env python3
"""Requests a second of `locket serve`, with every check, beside nginx with the same PNGs as files: on the same machine, by
turns, with the same headers asked.

Usage: compare_nginx.py [--program LOCKET] [--pictures FOLDER] [--rounds N] [--seconds N] [--connections N] [--threads N]
                        [--access-log FILE]

Prints one line of JSON for each size: the medians, and the ratio of both (the median of each round's ratio).
"""
import argparse
import json
import statistics
import tempfile

from deployment import SOURCE, Deployment, wrk


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=SOURCE / "build/tools/locket/locket")
    parser.add_argument("--pictures", default=SOURCE / "examples/pictures")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--access-log", default="off")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        deployment = Deployment(options.program, folder, options.pictures)
        try:
            nginx = deployment.start_nginx(options.threads)
            locket, _ = deployment.start_locket(options.threads, "--access-log", options.access_log)

            def measure(port, paths, seconds):
                return wrk(folder, f"http://127.0.0.1:{port}", paths, deployment.token, seconds, options.connections,
                           options.threads)

            for size in ("small", "large"):
                files = [f"/{imodel}.{size}.png" for imodel in deployment.imodels]
                routes = [f"/imodels/{imodel}/thumbnail?size={size}" for imodel in deployment.imodels]
                for port, paths in ((nginx, files), (locket, routes)):
                    measure(port, paths, 1)  # warm
                rounds = [(measure(nginx, files, options.seconds), measure(locket, routes, options.seconds))
                          for _ in range(options.rounds)]
                print(json.dumps({"size": size, "imodels": len(deployment.imodels),
                                  "nginx_per_s": round(statistics.median(one[0] for one in rounds)),
                                  "locket_per_s": round(statistics.median(one[1] for one in rounds)),
                                  "ratio": round(statistics.median(one[1] / one[0] for one in rounds), 3),
                                  "rounds": [round(one[1] / one[0], 3) for one in rounds]}), flush=True)
        finally:
            deployment.close()


if __name__ == "__main__":
    main()

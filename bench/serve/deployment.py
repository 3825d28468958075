"""A store of pictures, and two servers over it: `locket serve`, and nginx with the same PNGs as files."""
import json
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
ITWIN = "11111111-1111-4111-8111-111111111111"
ACCESS = {
    "organizations": [{"id": "33333333-3333-4333-8333-333333333333", "administrators": []}],
    "itwins": [{"id": ITWIN, "organization_id": "33333333-3333-4333-8333-333333333333", "owners": [],
                "roles": [{"id": "viewer", "permissions": ["imodels_webview"]}], "groups": [],
                "members": [{"user": "reader", "roles": ["viewer"]}]}],
    "imodels": [],
    "tiers": [{"name": "wide", "limits": [{"calls": 1000000000, "seconds": 60}]}],
    "clients": [{"id": "bench", "tier": "wide"}],
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def raise_descriptor_limit(wanted):
    """Lets this process and those it starts have so many descriptors. Result: how many it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Deployment:
    """The store, its PNGs as files, and the servers, in one folder."""

    def __init__(self, program, folder, pictures):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(folder)
        self.processes = []
        self.run("import", pathlib.Path(pictures).resolve(), "--derive-ids", "--itwin", ITWIN, refusals=True)
        (self.folder / "access.json").write_text(json.dumps(ACCESS), encoding="utf-8")
        self.run("access", "load", "access.json")
        self.run("token", "keygen", "--out", "keys", "--algorithm", "RS256")
        self.token = self.run("token", "sign", "--key", "keys/private.pem", "--sub", "reader", "--client-id", "bench",
                              "--expires-in", "86400").strip()
        self.run("export", "files")
        self.imodels = sorted({path.name.split(".")[0] for path in (self.folder / "files").glob("*.png")})

    def run(self, *words, refusals=False):
        """Runs locket in the folder; some items may fail where the caller says so. Result: what it printed."""
        told = subprocess.run([self.program, *map(str, words)], cwd=self.folder, capture_output=True, text=True)
        if told.returncode not in ((0, 1) if refusals else (0,)):
            raise RuntimeError(told.stderr or told.stdout)
        return told.stdout

    def start_locket(self, threads, *words):
        """Result: its port and process."""
        process = subprocess.Popen([self.program, "serve", "--keys", "keys/jwks.json", "--listen", "127.0.0.1:0",
                                    "--threads", str(threads), *words], cwd=self.folder, stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        line = process.stdout.readline()
        return int(re.search(r":(\d+)$", line.strip()).group(1)), process

    def start_nginx(self, threads):
        """nginx as its own documents tune it for static files. Result: its port."""
        port = free_port()
        log = self.folder / "nginx-error.log"
        (self.folder / "nginx.conf").write_text(f"""
worker_processes {threads};
daemon off;
pid {self.folder}/nginx.pid;
error_log {log};
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 75s;
  keepalive_requests 1000000000;
  open_file_cache max=10000 inactive=60s;
  types {{ image/png png; }}
  client_body_temp_path {self.folder}/body;
  proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/fastcgi;
  uwsgi_temp_path {self.folder}/uwsgi;
  scgi_temp_path {self.folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {self.folder}/files; }}
}}
""", encoding="utf-8")
        self.folder.chmod(0o755)
        self.processes.append(subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", self.folder / "nginx.conf",
                                                "-e", log, "-g", "user root;"]))
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return port
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(log.read_text(encoding="utf-8"))

    def close(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)


def wrk(folder, url, paths, token, seconds, connections, threads):
    """One run of wrk over all paths in turn. Result: requests a second; an answer that is not a 2xx is an error."""
    script = pathlib.Path(folder) / "paths.lua"
    script.write_text("local paths = {" + ",".join(f'"{path}"' for path in paths) + "}\nlocal at = 0\n"
                      f'wrk.headers["Authorization"] = "Bearer {token}"\n'
                      "function request()\n  at = at % #paths + 1\n  return wrk.format(nil, paths[at])\nend\n",
                      encoding="utf-8")
    told = subprocess.run(["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--latency", "-s", script, url],
                          check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(told)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told).group(1))

"""nginx as a bare proxy: it knows nothing of models or money, and shows what a relay could cost."""

from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.gateways import installing
from tests.bench.gateways.base import ProgramGateway
from tests.bench.gateways.missing import Missing
from tests.bench.load.target import Target

CONFIGURATION = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/log warn;
worker_rlimit_nofile 65536;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream stub {{ server {stub}; keepalive 2048; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /ready {{ return 200; }}
        location / {{
            proxy_pass http://stub;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
        }}
    }}
}}
"""


class Nginx(ProgramGateway):
    """One process of nginx, with connections to the stub kept open."""

    name = "nginx"
    version = "?"
    what = "a bare proxy: no key, no limit, no books"
    ready_path = "/ready"

    def install(self, cache: Path) -> None:
        try:
            self._path = installing.find_program("nginx")
        except Missing:
            self._path = str(installing.debian_package(cache, "nginx") / "usr" / "sbin" / "nginx")
        self.version = installing.run(["/bin/sh", "-c", f"'{self._path}' -v 2>&1"]).split("/")[-1]
        self.version = self.version.strip()

    def command(self, port: int, stub_url: str, folder: Path) -> list[str]:
        stub = urlsplit(stub_url).netloc
        configuration = folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, stub=stub, port=port))
        return [self._path, "-p", str(folder), "-c", str(configuration)]

    def target(self, address: str, stub_url: str) -> Target:
        return Target(f"{address}/v1/chat/completions")

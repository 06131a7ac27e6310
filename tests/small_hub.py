"""A hub of one process on the loopback address, which speaks as much of the Hugging Face hub's protocol as its client asks for.

Repositories are folders below ``root``; each has one revision, main. Files are given and taken as they are; large ones by the
basic transfer of Git LFS.
"""

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, unquote, urlparse

COMMIT = sha1(b"main").hexdigest()


class Hub(BaseHTTPRequestHandler):
    root: Path
    base: str

    def do_HEAD(self) -> None:
        self._give(body=False)

    def do_GET(self) -> None:
        path = unquote(urlparse(self.path).path)
        if not path.startswith("/api/models/"):
            return self._give(body=True)
        owner, name, *rest = path.removeprefix("/api/models/").split("/")
        folder = self.root / owner / name
        if not folder.is_dir():
            return self._refuse("RepoNotFound")
        files = sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())
        if rest[:1] == ["tree"]:
            return self._answer([{"type": "file", "path": f, "size": (folder / f).stat().st_size, "oid": COMMIT} for f in files])
        return self._answer({"id": f"{owner}/{name}", "sha": COMMIT, "private": False, "siblings": [{"rfilename": f} for f in files]})

    def do_POST(self) -> None:
        path, body = unquote(urlparse(self.path).path), self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked.get('organization') or 'me'}/{asked['name']}"
            (self.root / name).mkdir(parents=True, exist_ok=True)
            return self._answer({"url": f"{self.base}/{name}", "name": name, "id": name})
        if path == "/api/validate-yaml":
            return self._answer({"errors": [], "warnings": []})
        if path.endswith("/info/lfs/objects/batch"):
            objects = [
                {"oid": o["oid"], "size": o["size"], "actions": {"upload": {"href": f"{self.base}/lfs/{o['oid']}", "header": {}}}}
                for o in json.loads(body)["objects"]
            ]
            return self._answer({"transfer": "basic", "objects": objects}, "application/vnd.git-lfs+json")
        owner, name, what, *_ = path.removeprefix("/api/models/").split("/")
        if what == "paths-info":
            asked = [self.root / owner / name / file for file in parse_qs(body.decode()).get("paths", [])]
            return self._answer([{"type": "file", "path": file.name, "size": file.stat().st_size, "oid": COMMIT} for file in asked if file.is_file()])
        if what == "preupload":
            files = [{"path": f["path"], "uploadMode": "lfs" if f["path"].endswith(".safetensors") else "regular", "shouldIgnore": False, "oid": None} for f in json.loads(body)["files"]]
            return self._answer({"files": files})
        for line in filter(None, body.splitlines()):
            change = json.loads(line)
            value = change["value"]
            if change["key"] == "file":
                self._keep(self.root / owner / name / value["path"], b64decode(value["content"]))
            elif change["key"] == "lfsFile":
                self._keep(self.root / owner / name / value["path"], (self.root / ".lfs" / value["oid"]).read_bytes())
        return self._answer({"success": True, "commitOid": COMMIT, "commitUrl": f"{self.base}/{owner}/{name}/commit/{COMMIT}", "hookOutput": ""})

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        oid = self.path.rpartition("/")[2]
        assert sha256(body).hexdigest() == oid
        self._keep(self.root / ".lfs" / oid, body)
        self._answer({})

    def _give(self, body: bool) -> None:
        parts = unquote(urlparse(self.path).path).strip("/").split("/")
        folder, file = self.root / "/".join(parts[:2]), "/".join(parts[4:])
        if not folder.is_dir() or parts[2:3] != ["resolve"]:
            return self._refuse("RepoNotFound")
        if not (folder / file).is_file():
            return self._refuse("EntryNotFound")
        content = (folder / file).read_bytes()
        self.send_response(200)
        for name, value in {"ETag": f'"{sha256(content).hexdigest()}"', "X-Repo-Commit": COMMIT, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _answer(self, content: object, kind: str = "application/json") -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, code: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    @staticmethod
    def _keep(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@contextmanager
def hub(root: Path) -> Iterator[str]:
    """Serve the repositories below ``root``; the address to set HF_ENDPOINT to."""
    handler = type("ServedHub", (Hub,), {"root": root})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.base = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield handler.base  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()

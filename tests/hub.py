"""A Hugging Face hub of one user on this machine: the API calls that uploading and downloading a model makes."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

TOKEN = "hf_" + "a" * 34
OWNER = "me"


class Hub(ThreadingHTTPServer):
    """Repositories by name, each a dictionary of files, and what was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.repos: dict[str, dict[str, bytes]] = {"others/theirs": {}}
        self.blobs: dict[str, bytes] = {}
        self.private: set[str] = set()
        self.messages: list[str] = []
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        """Its address, for HF_ENDPOINT."""
        return f"http://127.0.0.1:{self.server_port}"

    def sha(self, repo: str) -> str:
        """The name of the newest commit."""
        return hashlib.sha1(repr(sorted(self.repos[repo].items())).encode()).hexdigest()


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A hub that answers in the block."""
    with Hub() as hub:
        thread = threading.Thread(target=hub.serve_forever, daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


class _Answer(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _send(self, status: int, body: bytes | dict[str, Any] | list[Any] = b"", **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _fail(self, status: int, message: str, code: str = "") -> None:
        self._send(status, {"error": message}, **({"X_Error_Code": code} if code else {}))

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _may_write(self, repo: str) -> bool:
        """Whether the request is of the owner of a repository; if not it is refused."""
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._fail(401, "Invalid username or password.")
            return False
        if repo.split("/")[0] != OWNER:
            self._fail(403, f"You don't have the rights to write to {repo}")
            return False
        return True

    def do_POST(self) -> None:
        hub, body = self.server, self._body()
        hub.requests.append(f"POST {self.path}")
        if self.path == "/api/repos/create":
            self._create(json.loads(body))
        elif self.path == "/api/validate-yaml":
            self._validate(json.loads(body)["content"])
        elif found := re.fullmatch(r"/api/models/(.+)/preupload/main", self.path):
            if self._may_write(found[1]):
                modes = [(f["path"], "lfs" if f["path"].endswith(".safetensors") else "regular")
                         for f in json.loads(body)["files"]]  # fmt: skip
                self._send(200, {"files": [{"path": p, "uploadMode": m, "shouldIgnore": False} for p, m in modes]})
        elif found := re.fullmatch(r"/(.+)\.git/info/lfs/objects/batch", self.path):
            if self._may_write(found[1]):
                objects = json.loads(body)["objects"]
                actions = [o | {"actions": {"upload": {"href": f"{hub.url}/blobs/{o['oid']}"}}} for o in objects]
                self._send(200, {"transfer": "basic", "objects": actions})
        elif found := re.fullmatch(r"/api/models/(.+)/commit/main", self.path):
            if self._may_write(found[1]):
                self._commit(found[1], body)
        else:
            self._fail(404, f"no such call: {self.path}")

    def _create(self, wanted: dict[str, Any]) -> None:
        repo = f"{wanted.get('organization') or OWNER}/{wanted['name']}"
        if self._may_write(repo):
            known = repo in self.server.repos
            self.server.repos.setdefault(repo, {})
            if wanted.get("private") or wanted.get("visibility") == "private":
                self.server.private.add(repo)
            address = {"url": f"{self.server.url}/{repo}", "name": repo, "id": repo}
            self._send(409, {"error": "You already created this model repo"} | address) if known else self._send(
                200, address
            )

    def _validate(self, card: str) -> None:
        """As far as it is known what the hub asks of a card's metadata."""
        values, errors = yaml.safe_load(card.split("---")[1]), []
        for entry in values.get("model-index", []):
            parts = [
                entry.get("name"),
                *(r[part].get("type") for r in entry["results"] for part in ("task", "dataset")),
            ]
            errors += [] if all(parts) else [{"message": '"model-index" lacks a name, a task or a dataset'}]
        if values.get("license", "mit") not in ("mit", "apache-2.0", "cc-by-4.0", "other"):
            errors.append({"message": '"license" must be one of the known ones'})
        self._send(400 if errors else 200, {"errors": errors, "warnings": []})

    def _commit(self, repo: str, body: bytes) -> None:
        files = self.server.repos[repo]
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "header":
                self.server.messages.append(value["summary"])
            elif line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.server.blobs[value["oid"]]
        sha = self.server.sha(repo)
        self._send(200, {"success": True, "commitOid": sha, "commitUrl": f"{self.server.url}/{repo}/commit/{sha}"})

    def do_PUT(self) -> None:
        content = self._body()
        self.server.requests.append("PUT /blobs")
        oid = self.path.removeprefix("/blobs/")
        if hashlib.sha256(content).hexdigest() != oid:
            self._fail(400, "other content")
        else:
            self.server.blobs[oid] = content
            self._send(200)

    def do_GET(self) -> None:
        hub = self.server
        hub.requests.append(f"{self.command} {self.path}")
        info = re.fullmatch(r"/api/models/([\w.-]+/[\w.-]+)(?:/revision/([\w.-]+))?(?:\?.*)?", self.path)
        tree = re.fullmatch(r"/api/models/([\w.-]+/[\w.-]+)/tree/([\w.-]+)(?:\?.*)?", self.path)
        file = re.fullmatch(r"/([\w.-]+/[\w.-]+)/resolve/([\w.-]+)/(.+)", self.path)
        repo = next((found[1] for found in (info, tree, file) if found), "")
        hidden = repo in hub.private and self.headers.get("Authorization") != f"Bearer {TOKEN}"
        if repo not in hub.repos or hidden:
            self._fail(401 if hidden else 404, "Repository not found", "RepoNotFound")
            return
        files, sha = hub.repos[repo], hub.sha(repo)
        if info:
            about: dict[str, Any] = {
                "id": repo,
                "modelId": repo,
                "sha": sha,
                "private": repo in hub.private,
                "tags": [],
            }
            self._send(200, about | {"siblings": [{"rfilename": name} for name in files]})
        elif tree:
            self._send(200, [{"type": "file", "path": n, "size": len(c), "oid": hashlib.sha1(c).hexdigest()}
                             for n, c in files.items()])  # fmt: skip
        elif file and file[3] in files:
            content = files[file[3]]
            etag = f'"{hashlib.sha256(content).hexdigest()}"'
            self._send(200, content, ETag=etag, X_Repo_Commit=sha)
        else:
            self._fail(404, "Entry not found", "EntryNotFound")

    do_HEAD = do_GET  # noqa: N815

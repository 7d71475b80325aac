"""A model goes to the hub and comes back, through the hub's own client, against a server that answers as the hub."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub import TOKEN, Hub, running_hub


@pytest.fixture(scope="module")
def hub():
    with running_hub() as found:
        yield found


def in_process(hub_url: str, home: Path, program: str, *arguments: object, **environment: str):
    """A program in a process of its own: the client reads its address and its token as it is imported."""
    values = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))} | {
        "HF_ENDPOINT": hub_url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env=values | environment,
    )


PUSH_AND_LOAD = """
import json, sys, textgan
from huggingface_hub import ModelCard
model = textgan.load(sys.argv[1], "cpu")
known = {"name": "Tiny", "license": "mit", "language": "en"}
where = model.push_to_hub("me/tiny", private=True, commit_message="The first", **known)
again = textgan.load("me/tiny", "cpu")
ModelCard.load("me/tiny").validate()
second = model.push_to_hub("me/tiny", dtype="int8")
said = {"same": again.sample(5) == model.sample(5), "where": where, "license": again.info.license, "second": second}
try:
    code = [p for p in ModelCard.load("me/tiny").text.split("```python\\n")][1].split("```")[0]
    exec(code)
    said["card"] = "ran"
finally:
    print(json.dumps(said))
"""


def test_a_model_is_pushed_and_loaded_again(hub, run_folder, tmp_path):
    done = in_process(hub.url, tmp_path, PUSH_AND_LOAD, run_folder, HF_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said == {
        "same": True, "where": f"{hub.url}/me/tiny", "license": "mit", "second": f"{hub.url}/me/tiny", "card": "ran",
    }  # fmt: skip
    files = hub.repos["me/tiny"]
    assert set(files) == {
        "README.md", "config.json", "model.safetensors", "tokenizer/tokenizer.json", "tokenizer/vocab.txt",
    }  # fmt: skip
    assert 'textgan.load("me/tiny")' in files["README.md"].decode()
    assert hub.messages[0] == "The first"
    assert "me/tiny" in hub.private
    assert str(tmp_path) not in "".join(f"{content!r}" for content in files.values())


FAIL = """
import json, sys, textgan
model = textgan.load(sys.argv[1], "cpu")
said = {}
for name, arguments in json.loads(sys.argv[2]).items():
    try:
        model.push_to_hub(**arguments)
        said[name] = "pushed"
    except textgan.UserError as error:
        said[name] = str(error)
print(json.dumps(said))
"""

FAILURES = {
    "no token": ({"repo": "me/x"}, "me/x was not uploaded (", "expected the token of a user: run `hf auth login`"),
    "another's token": ({"repo": "me/x", "token": "hf_wrong"}, "401", "expected the token of a user"),
    "of others": ({"repo": "others/theirs", "token": TOKEN}, "403", "expected a repository that the token's owner"),
    "no owner": ({"repo": "tiny", "token": TOKEN}, "'tiny' is no name of a repository", "expected owner/name"),
    "no name": ({"repo": "a b/c:d", "token": TOKEN}, "'a b/c:d' is no name of a repository", "expected owner/name"),
    "no licence": ({"repo": "me/x", "token": TOKEN, "license": "My own"}, "license is 'My own'", "apache-2.0"),
    "refused": ({"repo": "me/x", "token": TOKEN, "license": "wtf"}, "must be one of the", "expected files that the"),
    "dtype": ({"repo": "me/x", "token": TOKEN, "dtype": "int4"}, "int4", "float32"),
}  # fmt: skip


def failures(hub_url: str, run_folder: Path, home: Path, names: list[str], **environment: str) -> dict[str, str]:
    wanted = json.dumps({name: FAILURES[name][0] for name in names})
    done = in_process(hub_url, home, FAIL, run_folder, wanted, **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_what_goes_wrong_is_said_in_a_line(hub, run_folder, tmp_path):
    found = failures(hub.url, run_folder, tmp_path, list(FAILURES))
    for name, (_, reason, advice) in FAILURES.items():
        assert reason in found[name], name
        assert advice in found[name], name
        assert "\n" not in found[name]
        assert TOKEN not in found[name]
    assert "others/theirs" in hub.repos
    assert hub.repos["others/theirs"] == {}


@pytest.mark.parametrize("offline", ["0", "1"])
def test_without_a_network_it_is_said_in_a_line(run_folder, tmp_path, offline):
    with Hub() as closed:
        url = closed.url
    names = ["no token"]
    found = failures(url, run_folder, tmp_path, names, HF_TOKEN=TOKEN, HF_HUB_OFFLINE=offline)
    assert "expected a connection to the Hugging Face hub" in found["no token"]
    assert "\n" not in found["no token"]


INFO = """
import sys
from textgan.cli import main
main(["info", sys.argv[1], "--json"])
"""


def test_info_knows_what_is_on_the_hub(hub, model, tmp_path):
    model.save_pretrained(tmp_path / "saved", license="mit")
    paths = [path for path in (tmp_path / "saved").rglob("*") if path.is_file()]
    hub.repos["me/there"] = {str(path.relative_to(tmp_path / "saved")): path.read_bytes() for path in paths}
    done = in_process(hub.url, tmp_path / "home", INFO, "me/there")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["model"], found["license"], found["rounds"]) == ("arae", "mit", 12)
    missing = in_process(hub.url, tmp_path / "home", INFO, "me/not-there")
    assert (missing.returncode, missing.stdout, len(missing.stderr.splitlines())) == (2, "", 1)

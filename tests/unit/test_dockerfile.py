"""The images' recipe: linted, every name in it exists, nothing runs as root."""

import importlib.util
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def instructions():
    """(stage, instruction, rest) of every instruction, continued lines joined."""
    lines = [line for line in TEXT.splitlines() if not line.startswith("#")]
    stage = ""
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            stage = rest.split(" AS ")[1]
        yield stage, word, rest


def of(word, stage=None):
    return [rest for where, what, rest in instructions() if what == word and stage in (None, where)]


def test_hadolint_has_nothing_to_say():
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}") or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed; the extra `dev` brings it")
    done = subprocess.run([hadolint, "--no-color", str(ROOT / "Dockerfile")], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_every_image_it_starts_from_is_a_stage_or_has_a_tag():
    stages = [rest.split(" AS ")[1] for rest in of("FROM")]
    for source in (rest.split(" AS ")[0] for rest in of("FROM")):
        tag = source.partition(":")[2]
        assert source in stages or (tag and not tag.startswith("latest")), source


@pytest.mark.parametrize("target", ["cpu", "gpu"])
def test_target_runs_the_stack_as_somebody_else_than_root(target):
    assert of("USER", target)[-1] not in ("root", "0")
    assert of("ENTRYPOINT", target) == ['["/opt/physperception/entrypoint.sh"]']
    assert "full.launch.py" in of("CMD", target)[-1]
    assert of("HEALTHCHECK", target)


def test_gpu_target_is_cuda_with_vllm():
    sources = dict(reversed(rest.split(" AS ")) for rest in of("FROM"))
    assert sources["gpu"] == "ros-gpu"
    assert sources["ros-gpu"].startswith("nvidia/cuda:")
    assert any("requirements.py bags gpu" in rest for rest in of("RUN", "python-gpu"))
    assert any(line.startswith("vllm") for line in requirements(["bags", "gpu"]))


def test_what_is_copied_exists_and_is_sent_to_the_builder():
    sent = [line.strip("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for rest in of("COPY"):
        if "--from=" in rest or rest.startswith(". "):
            continue
        for source in rest.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(fnmatch(source, pattern) or source.startswith(f"{pattern}/") for pattern in sent), source
    assert all((ROOT / name).exists() for name in sent)


@pytest.mark.parametrize("name", ["entrypoint.sh", "healthcheck.sh"])
def test_script_is_executable_and_parses(name):
    script = ROOT / "docker" / name
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(script)], capture_output=True).returncode == 0


def test_entrypoint_sources_both_workspaces_and_becomes_the_command(tmp_path):
    script = (ROOT / "docker" / "entrypoint.sh").read_text().replace("/opt/", f"{tmp_path}/")
    for folder in ("ros/kilted/setup.bash", "physperception/install/local_setup.bash"):
        (tmp_path / folder).parent.mkdir(parents=True)
        (tmp_path / folder).write_text(f"export SOURCED=$SOURCED:{folder}\n")
    done = subprocess.run(
        ["bash", "-c", script, "entrypoint", "sh", "-c", "echo $SOURCED; exit 7"],
        capture_output=True,
        text=True,
        env={"ROS_DISTRO": "kilted", "PATH": "/usr/bin:/bin"},
    )
    assert done.stdout == ":ros/kilted/setup.bash:physperception/install/local_setup.bash\n"
    assert done.returncode == 7


def requirements(extras):
    specification = importlib.util.spec_from_file_location("docker_requirements", ROOT / "docker" / "requirements.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.requirements(extras, ROOT / "pyproject.toml")


def test_requirements_are_those_of_pyproject_without_the_package():
    assert any(line.startswith("torch") for line in requirements([]))
    assert not any(line.startswith(("physperception", "ros-")) for line in requirements(["bags", "gpu"]))
    with pytest.raises(KeyError):
        requirements(["nothing"])

"""The core imports with no ROS on the machine, and nothing outside physperception/ros imports it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "physperception"
ROS_MODULES = (
    "rclpy",
    "launch",
    "launch_ros",
    "message_filters",
    "cv_bridge",
    "ament_index_python",
    "rosidl_runtime_py",
)


def is_ros(module: str) -> bool:
    top = module.split(".")[0]
    return top in ROS_MODULES or top.endswith(("_msgs", "_srvs", "_interfaces"))


def imported_modules(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def core_files():
    return [path for path in PACKAGE.rglob("*.py") if "ros" not in path.relative_to(PACKAGE).parts]


@pytest.mark.parametrize("path", core_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_core_file_imports_no_ros(path):
    assert [module for module in imported_modules(path) if is_ros(module)] == []


def test_every_core_module_imports_without_ros():
    modules = [
        "physperception." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in core_files()
        if path.name not in ("__init__.py", "__main__.py")
    ]
    script = f"""
import importlib, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.split('.')[0]
        if top in {ROS_MODULES!r} or top.endswith(('_msgs', '_srvs', '_interfaces')):
            raise ImportError('ROS imported: ' + name)
sys.meta_path.insert(0, Refuse())
for name in {modules!r}:
    importlib.import_module(name)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

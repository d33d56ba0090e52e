"""Installs the package for colcon (ament_python); everything else is in pyproject.toml."""

from glob import glob

from setuptools import setup

SHARE = "share/physperception"

setup(
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/physperception"]),
        (SHARE, ["package.xml"]),
        (f"{SHARE}/config", glob("config/*.*")),
        (f"{SHARE}/launch", glob("launch/*.launch.py")),
    ],
    entry_points={
        "console_scripts": [
            "physperception = physperception.cli.main:main",
            "detector = physperception.ros.nodes.detector:main",
            "overlay = physperception.ros.nodes.overlay:main",
            "perception_container = physperception.ros.container:main",
        ]
    },
)

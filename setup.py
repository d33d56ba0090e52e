"""What colcon reads of the package: it knows setup.py and package.xml, not pyproject.toml.

With --symlink-install colcon runs this file where there is no pyproject.toml at all, so everything that an
installation in a ROS workspace needs is here; dependencies, extras and tools are in pyproject.toml.
"""

from glob import glob
from xml.etree import ElementTree

from setuptools import find_packages, setup

SHARE = "share/physperception"

setup(
    name="physperception",
    version=ElementTree.parse("package.xml").findtext("version"),
    python_requires=">=3.11",
    packages=[*find_packages(include=["physperception", "physperception.*"]), "physperception.weights"],
    package_data={
        "physperception": ["py.typed"],
        "physperception.weights": ["*"],
        "physperception.physics.fits": ["*.json"],
    },
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
            "amodal = physperception.ros.nodes.amodal:main",
            "properties = physperception.ros.nodes.properties:main",
            "grounding = physperception.ros.nodes.grounding:main",
            "overlay = physperception.ros.nodes.overlay:main",
            "perception_container = physperception.ros.container:main",
        ]
    },
)

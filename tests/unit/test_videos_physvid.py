"""Loose layouts of PhysVid are read, others refused."""

import json
import math
import shutil
from pathlib import Path

import pytest

from physperception.datasets.coco import DatasetError
from physperception.datasets.readers.physvid import PhysVid
from physperception.scene import Property

VIDEO = Path(__file__).resolve().parents[1] / "data" / "videos_sample" / "friction" / "000001.mp4"


def lay_out(root, folder, names=("a", "b")):
    place = root / folder
    place.mkdir(parents=True)
    for name in names:
        shutil.copy(VIDEO, place / f"{name}.mp4")
    return place


TABLES = {
    "labels.csv": "video,elasticity\na.mp4,0.5\nb.mp4,0.25\n",
    "labels.tsv": "File Name\tValue\na.mp4\t0.5\nb.mp4\t0.25\n",
    "gt.txt": "a.mp4 0.5\nb 0.25\n",
    "pairs.json": json.dumps({"a.mp4": 0.5, "b.mp4": {"value": 0.25}}),
    "rows.json": json.dumps([{"video_path": "x/a.mp4", "gt": 0.5}, {"video_path": "x/b.mp4", "gt": "0.25"}]),
}


@pytest.mark.parametrize("table", TABLES)
def test_tables_in_the_splits_folder(tmp_path, table):
    place = lay_out(tmp_path, "Elasticity/test_1")
    (place / table).write_text(TABLES[table])
    clips = PhysVid(tmp_path, Property.RESTITUTION, "test-1")
    assert [clip.value for clip in clips] == [0.5, 0.25]
    assert len(list(clips[0].frames())) == 39


def test_a_table_beside_the_splits(tmp_path):
    lay_out(tmp_path, "friction/train")
    lay_out(tmp_path, "friction/test-3", ("c",))
    (tmp_path / "friction" / "train.csv").write_text("name,mu\na,0.1\nb,0.2\n")
    (tmp_path / "friction" / "test-3.csv").write_text("name,mu\nc,0.3\n")
    assert [clip.value for clip in PhysVid(tmp_path, Property.KINETIC_FRICTION, "test-3")] == [0.3]


def test_a_video_that_the_table_misses_has_no_value(tmp_path):
    place = lay_out(tmp_path, "viscosity/train")
    (place / "gt.csv").write_text("name,value\na,0.001\n")
    assert math.isnan(PhysVid(tmp_path, Property.VISCOSITY, "train")[1].value)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "no table"),
        ("name,colour\na,red\n", "none of the columns"),
        ("other,0.3\n", "no table"),
        ("{", "no table"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, table, words):
    place = lay_out(tmp_path, "friction/train")
    if table is not None:
        (place / ("gt.json" if table == "{" else "gt.csv")).write_text(table)
    with pytest.raises(DatasetError, match=words):
        PhysVid(tmp_path, Property.KINETIC_FRICTION, "train")


def test_missing_splits_are_refused(tmp_path):
    lay_out(tmp_path, "friction/train")
    with pytest.raises(DatasetError, match="no folder for the split test-2"):
        PhysVid(tmp_path, Property.KINETIC_FRICTION, "test-2")
    with pytest.raises(DatasetError, match="split must be"):
        PhysVid(tmp_path, Property.KINETIC_FRICTION, "val")

"""Tracks of the sample videos, and the shipped GRU regressors on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from physperception.datasets.videos.dataset import VideoDataset
from physperception.evaluation.properties import regressed
from physperception.physics.gru import GruRegressor
from physperception.physics.readout.model import NAMES
from physperception.scene import EstimateStatus
from physperception.training.gru_tracks import residuals, store_tracks, true_track
from physperception.weights import weights_path

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "videos_sample"


def test_measured_tracks_are_kept_and_near_the_true_ones(tmp_path):
    data = VideoDataset(SAMPLE / "restitution")
    measured = store_tracks(data, tmp_path / "kept", limit=1)
    errors = residuals(measured[0], true_track(data[0]))
    sound = errors[np.isfinite(errors).all(1)]
    assert len(sound) > 0.6 * len(errors)
    assert np.median(np.hypot(sound[:, 0], sound[:, 1])) < 1.5
    files = list((tmp_path / "kept").iterdir())
    assert [path.name for path in files] == ["000001.npy"]
    rows = np.load(files[0])
    rows[:, 1] += 7
    np.save(files[0], rows)
    again = store_tracks(data, tmp_path / "kept", limit=1)[0]
    np.testing.assert_allclose(again.centers[:, 0], measured[0].centers[:, 0] + 7)
    assert (again.stamps_s == measured[0].stamps_s).all()
    for one, other in zip(again.observations, measured[0].observations):
        assert (one.visible, one.cut, one.area_px, one.box) == (other.visible, other.cut, other.area_px, other.box)
        np.testing.assert_allclose(one.covariance, other.covariance)


def test_a_clip_in_which_nothing_was_followed_is_noted(tmp_path):
    data = VideoDataset(SAMPLE / "restitution")
    np.save(tmp_path / "000001.npy", np.zeros((0, 22)))
    assert store_tracks(data, tmp_path, limit=1) == {}


def test_true_tracks_tell_the_corners_of_blocks_and_what_is_in_view():
    clip = VideoDataset(SAMPLE / "friction")[0]
    track = true_track(clip)
    assert track.observations[0].corners.shape == (4, 2)
    assert len(track) == sum(mask is not None for mask in clip.masks)
    assert all(0 <= seen.visible <= 1 for seen in track.observations)


@pytest.mark.parametrize("name", sorted(NAMES.values()))
def test_shipped_regressors_are_small_and_about_right_on_true_masks(name):
    path = weights_path(f"gru_{name}.safetensors")
    assert path.stat().st_size < 300_000
    assert path.with_suffix(".md").is_file()
    estimate = regressed(True, GruRegressor())
    for clip in VideoDataset(SAMPLE / name):
        said = estimate(clip)
        assert said.status is EstimateStatus.VALID
        around = 3 * max(said.upper - said.value, said.value - said.lower)
        assert abs(said.value - clip.value) < around < 3 * said.value

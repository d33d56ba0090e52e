"""Motion measured in small rendered clips, against exact places, areas and corners."""

import cv2
import numpy as np
import pytest

from physperception.errors import InvalidImage
from physperception.physics.measuring import CameraMoves, MotionGate, measure_clip, motion_level
from physperception.scene import Mask
from tests.unit.clips_of_motion import (
    HEIGHT,
    WIDTH,
    ball_clip,
    block_clip,
    bouncing,
    disc,
    liquid_clip,
    over,
    picture,
    stamps,
    surface,
)


def errors(track, stamps_s, places):
    """Of the centroids of a track, float [N, 2], and the index of each image."""
    index = np.searchsorted(stamps_s, track.stamps_s - 1e-9)
    return track.centers - places[index], index


@pytest.mark.parametrize(
    ("color", "options"),
    [
        ((200, 60, 40), {}),
        ((60, 60, 62), {"shadow": True}),
        ((235, 230, 225), {"shadow": True}),
        ((200, 60, 40), {"blur_part": 0.5}),
        ((60, 90, 200), {"noise": 5.0}),
    ],
)
def test_bouncing_ball_is_found_to_a_part_of_a_pixel(color, options):
    places = bouncing()
    frames, _ = ball_clip(places, color=color, **options)
    tracks = measure_clip(frames, stamps(len(frames)))
    assert [len(track) for track in tracks] == [len(frames)]
    off, _ = errors(tracks[0], stamps(len(frames)), places)
    assert np.abs(np.median(off, axis=0)).max() < 0.15
    assert np.percentile(np.abs(off), 95) < 0.4
    assert np.abs(off).max() < 1.0
    assert np.median(tracks[0].areas_px) == pytest.approx(np.pi * 8**2, rel=0.3)
    box = tracks[0].observations[5].box
    assert box.center == pytest.approx(tuple(places[5] + 0.5), abs=0.5)


def test_given_masks_make_the_same_observations_with_honest_covariance():
    places = bouncing() + np.random.default_rng(1).uniform(-0.5, 0.5, (40, 2))
    frames, masks = ball_clip(places)
    (track,) = measure_clip(frames, stamps(40), masks)
    off, _ = errors(track, stamps(40), places)
    said = np.sqrt([np.diag(seen.covariance) for seen in track.observations])
    assert track.object_id == "object-1"
    assert 0.3 < np.sqrt(np.mean((off / said) ** 2)) < 2.0


def test_ball_that_rests_at_last_is_still_measured():
    times = np.minimum(stamps(60), 0.7)
    places = np.column_stack((25 + 150 * times - 107 * times**2, np.full(60, 60.0)))
    frames, _ = ball_clip(places)
    (track,) = measure_clip(frames, stamps(60))
    off, _ = errors(track, stamps(60), places)
    assert len(track) == 60
    assert np.abs(off).max() < 0.35


def test_ball_behind_a_strip_keeps_its_id_and_its_centre():
    places = np.column_stack((20 + 3.0 * np.arange(40), 40 + 0.6 * np.arange(40)))
    frames, _ = ball_clip(places, strip=(70, 79))
    (track,) = measure_clip(frames, stamps(40))
    off, _ = errors(track, stamps(40), places)
    visible = np.array([seen.visible for seen in track.observations])
    assert len(track) == 40
    assert (visible < 0.9).sum() >= 4
    assert np.median(np.abs(off[visible < 0.9]), axis=0).max() < 0.2
    said = np.array([np.trace(seen.covariance) for seen in track.observations])
    assert np.median(said[visible < 0.9]) > np.median(said[visible >= 1])


def test_two_discs_that_cross_keep_their_ids_over_dropped_images():
    background, random = surface(), np.random.default_rng(0)
    first = np.column_stack((20 + 4.0 * np.arange(32), 50 + 0.5 * np.arange(32)))
    second = np.column_stack((140 - 3.5 * np.arange(32), 35 + 1.2 * np.arange(32)))
    frames = [
        picture(over(over(background, disc(*a, 7), (210, 60, 50)), disc(*b, 9), (50, 80, 200)), random)
        for a, b in zip(first, second)
    ]
    kept = np.setdiff1d(np.arange(32), [5, 6, 14, 25])
    tracks = measure_clip([frames[i] for i in kept], stamps(32)[kept])
    assert len(tracks) == 2
    for track, places in zip(sorted(tracks, key=lambda track: track.areas_px.mean()), (first, second)):
        off, index = errors(track, stamps(32), places)
        assert index[0] == 0
        assert index[-1] == 31
        assert np.median(np.abs(off)) < 0.2
        assert np.abs(off).max() < 3


@pytest.mark.parametrize("azimuth_deg", [30.0, 55.0])
@pytest.mark.parametrize("with_masks", [True, False])
def test_corners_of_a_sliding_block(azimuth_deg, with_masks):
    along = np.linspace(-0.15, 0.13, 14)
    frames, masks, tops = block_clip(along, azimuth_deg=azimuth_deg)
    (track,) = measure_clip(frames, stamps(14), masks if with_masks else None, kind="block")
    worst = []
    start = None
    for seen, truth in zip(track.observations, tops):
        if seen.corners is None:
            continue
        orders = [np.roll(way, k, axis=0) for way in (truth, truth[::-1]) for k in range(4)]
        if start is None:
            start = int(np.argmin([np.abs(seen.corners - order).sum() for order in orders]))
        worst.append(np.abs(seen.corners - orders[start]).max())
    assert len(worst) >= 10
    assert np.median(worst) < (0.8 if with_masks else 1.5)
    assert max(worst) < (2.5 if with_masks else 4)


def test_no_corners_for_a_ball():
    frames, masks = ball_clip(bouncing(12))
    (track,) = measure_clip(frames, stamps(12), masks, kind="block")
    assert all(seen.corners is None for seen in track.observations)


def test_growing_liquid_that_is_there_from_the_start():
    frames, areas = liquid_clip()
    (track,) = measure_clip(frames, stamps(30), kind="liquid")
    assert len(track) >= 28
    ratio = track.areas_px[-25:] / areas[-25:]
    assert np.abs(ratio - 1).max() < 0.16
    assert ratio.std() < 0.03


def test_rolling_shutter_moves_stamps_by_rows():
    frames, masks = ball_clip(bouncing(10))
    (plain,) = measure_clip(frames, stamps(10), masks)
    (rolled,) = measure_clip(frames, stamps(10), masks, line_time_s=2e-5)
    assert rolled.stamps_s - plain.stamps_s == pytest.approx(plain.centers[:, 1] * 2e-5, abs=1e-9)


def test_things_cut_by_the_border_say_so():
    places = np.column_stack((np.linspace(-4, 40, 15), np.full(15, 50.0)))
    frames, _ = ball_clip(places)
    (track,) = measure_clip(frames, stamps(15))
    cut = np.array([seen.cut for seen in track.observations])
    index = np.searchsorted(stamps(15), track.stamps_s - 1e-9)
    assert cut[places[index, 0] < 7].all()
    assert not cut[places[index, 0] > 9].any()


def test_still_scene_has_no_tracks_and_a_moving_camera_is_refused():
    random = np.random.default_rng(0)
    wide = surface(3, contrast=12.0, width=WIDTH + 40, height=HEIGHT + 40)
    still = [picture(wide[:HEIGHT, :WIDTH], random) for _ in range(12)]
    assert measure_clip(still, stamps(12)) == []
    panned = [picture(wide[i // 2 : HEIGHT + i // 2, i : WIDTH + i], random) for i in range(12)]
    with pytest.raises(CameraMoves, match="camera"):
        measure_clip(panned, stamps(12))


def test_motion_gate_sees_a_small_ball_and_ignores_noise():
    random = np.random.default_rng(0)
    background = surface()
    still = [picture(background, random, 4.0) for _ in range(20)]
    gate = MotionGate()
    assert not any(gate.update(image) for image in still)
    moved = picture(over(background, disc(60, 50, 3.5), (200, 60, 40)), random, 4.0)
    assert gate.update(moved)
    assert motion_level(moved, still[0]) > motion_level(still[1], still[0])


def test_motion_gate_sees_slow_motion():
    random = np.random.default_rng(0)
    gate = MotionGate()
    frames = [picture(over(surface(), disc(60 + 0.25 * i, 50, 8), (200, 60, 40)), random) for i in range(40)]
    assert sum(gate.update(image) for image in frames) > 15


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f, t, m: (f, t[:-1], m), "stamps"),
        (lambda f, t, m: (f, [*t[:-1], float("nan")], m), "not a time"),
        (lambda f, t, m: (f, [*t[:-1], 0.0], m), "must rise"),
        (lambda f, t, m: ([*f[:-1], f[-1].astype(float)], t, m), "uint8"),
        (lambda f, t, m: ([*f[:-1], f[-1][:, :, 0]], t, m), "uint8"),
        (lambda f, t, m: ([*f[:-1], f[-1][:-2]], t, m), "size changed"),
        (lambda f, t, m: (f, t, [*m[:-1], np.zeros_like(m[0])]), "no pixel"),
        (lambda f, t, m: (f, t, [*m[:-1], m[0][:-2]]), "mask must be"),
        (lambda f, t, m: (f, t, m[:-1]), "masks for"),
        (lambda f, t, m: (f, t, [*m[:-1], {"cup-1": Mask(500, 500, np.ones((3, 3), bool))}]), "no pixel"),
        (lambda f, t, m: ([], [], None), "at least one"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(change, message):
    frames, masks = ball_clip(bouncing(4))
    frames, times, masks = change(frames, list(stamps(4)), masks)
    with pytest.raises(InvalidImage, match=message):
        measure_clip(frames, times, masks)


def test_lossy_compression_costs_little():
    places = bouncing()
    frames, _ = ball_clip(places)
    packed = [cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], 1) for image in frames]
    (track,) = measure_clip(packed, stamps(40))
    off, _ = errors(track, stamps(40), places)
    assert np.percentile(np.abs(off), 90) < 0.5

"""The sample's labels agree with its pixels and with textbook estimates from its ground truth."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from physperception.datasets.videos.dataset import VideoDataset
from physperception.scene import Property

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "videos_sample"
CLIPS = [clip for name in ("restitution", "friction", "viscosity") for clip in VideoDataset(SAMPLE / name)]
GRAVITY = 9.81


@pytest.fixture(params=CLIPS, ids=lambda clip: f"{clip.property.value}-{clip.id}")
def clip(request):
    return request.param


def of(wanted):
    return pytest.mark.parametrize(
        "clip", [clip for clip in CLIPS if clip.property is wanted], ids=lambda clip: clip.id
    )


def test_every_frame_is_there_and_stamps_rise(clip):
    images = list(clip.frames())
    assert len(images) == len(clip) == len(clip.masks)
    assert all(image.shape == (240, 320, 3) and image.dtype == np.uint8 for image in images)
    assert (np.diff(clip.stamps_s) > 0).all()
    assert clip.refusal is None


def test_masks_agree_with_the_numbers(clip):
    for mask, whole, known in zip(clip.masks, clip.amodal_masks, clip.truth["frames"]):
        if mask is None or known["cut"]:
            continue
        assert whole.contains(mask)
        assert mask.area == pytest.approx(known["visible_area_px"], rel=0.05, abs=4)
        assert whole.area == pytest.approx(known["area_px"], rel=0.05, abs=4)
        if known["occlusion"] < 0.01:
            rows, columns = np.nonzero(mask.data)
            center = columns.mean() + mask.x, rows.mean() + mask.y
            assert center == pytest.approx(known["visible_centroid"], abs=0.2)
            assert known["visible_centroid"] == pytest.approx(known["centroid"], abs=0.05)
            assert whole.tight().extent.xyxy == pytest.approx(known["box"], abs=0.8)


def test_the_picture_changes_where_the_mask_goes(clip):
    """Pixels that only one of two far frames' masks holds differ more than pixels that neither holds."""
    images = list(clip.frames())
    first = 0
    middle = next(i for i in range(len(images) // 2, 0, -1) if clip.masks[i] is not None)
    one, two = (clip.masks[index].full(320, 240) for index in (first, middle))
    inside, outside = one ^ two, cv2.dilate((one | two).view(np.uint8), np.ones((31, 31))) == 0
    change = np.abs(images[first].astype(int) - images[middle]).sum(axis=2)
    assert change[inside].mean() > 4 * change[outside].mean()


@of(Property.RESTITUTION)
def test_rebound_of_the_true_positions(clip):
    """Speeds along gravity at the contact, from parabolas through true positions before and after it."""
    down = np.array(clip.view.gravity)
    path = clip.truth["trajectory"]
    times, fallen = np.array(path["times_s"]), np.array(path["position_m"]) @ down
    begin, end = clip.truth["events"]["contacts_s"][:2]
    speeds = []
    for first, last in ((times[0], begin - 0.005), (begin + 0.012, end - 0.01)):
        inside = (times >= first) & (times <= last)
        fit = np.polyfit(times[inside] - begin, fallen[inside], 2)
        assert 2 * fit[0] == pytest.approx(GRAVITY, rel=0.05)
        speeds.append(fit[1])
    assert -speeds[1] / speeds[0] == pytest.approx(clip.value, abs=0.035)


@of(Property.KINETIC_FRICTION)
def test_friction_from_the_corners_alone(clip):
    """Bird's-eye positions from the corners' known size and the plane; momentum along a smooth path through them."""
    view, known = clip.view, clip.truth["frames"]
    stop = clip.truth["events"]["stop_s"] or np.inf
    times, places = [], []
    for item in known:
        if item is None or item["cut"] or not item["body_stamp_s"] < stop - 0.02:
            continue
        points = view.plane.points(np.array(item["corners"]), view.camera)
        scales = view.surface_size_m / np.linalg.norm(np.diff(points[:3], axis=0), axis=1)
        times.append(item["body_stamp_s"])
        places.append(points.mean(axis=0))
    assert scales[0] == pytest.approx(scales[1], rel=0.02)  # of the slowest frame: rolling shutters skew fast ones
    moments = np.array(times) - times[0]
    fits = [np.polynomial.Polynomial.fit(moments, axis, 3) for axis in np.array(places).T * np.sqrt(scales.prod())]
    grid = np.linspace(0, moments[-1], 200)
    speeds = np.stack([fit.deriv()(grid) for fit in fits], axis=1)
    headings = np.trapezoid(speeds / np.linalg.norm(speeds, axis=1, keepdims=True), grid, axis=0)
    normal, gravity = np.array(view.plane.normal), GRAVITY * np.array(view.gravity)
    lost = gravity * grid[-1] - (speeds[-1] - speeds[0])
    found = lost @ headings / (headings @ headings) / -(gravity @ normal)
    assert found == pytest.approx(clip.value, abs=0.02)


@of(Property.VISCOSITY)
def test_liquid_covers_what_the_solver_says(clip):
    """Half the extent of the whole mask on the plane, across the view, is the front's radius."""
    simulated, contact = clip.truth["simulation"], clip.truth["events"]["contacts_s"][0]
    checked = 0
    for mask, item in zip(clip.amodal_masks, clip.truth["frames"]):
        if item is None or item["cut"] or item["body_stamp_s"] < contact + 0.3:
            continue
        center, radius = (
            np.array(item["position_m"]),
            np.interp(item["body_stamp_s"] - contact, simulated["spreading_s"], simulated["front_m"]),
        )
        wide = (item["box"][2] - item["box"][0]) / 2
        assert wide == pytest.approx(radius * clip.view.camera.fx / center[2], rel=0.04)
        assert mask.area > 0
        checked += 1
    assert checked > 20
    assert clip.view.volume_m3 == pytest.approx(
        np.pi * clip.truth["start"]["radius_m"] ** 2 * clip.truth["start"]["height_m"]
    )

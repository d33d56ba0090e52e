"""The estimator of a stream: what it tells, when, under which ids and stamps, and what it costs at rest."""

import gc
import itertools
from types import FunctionType, ModuleType

import numpy as np
import pytest

from physperception.config import load
from physperception.errors import ConfigError, InvalidImage, ModelUnavailable
from physperception.physics import depths, watching
from physperception.physics import estimator as estimator_module
from physperception.physics.clips import estimate_clip
from physperception.physics.config import PropertiesConfig, ViewConfig
from physperception.physics.estimator import PropertyEstimator
from physperception.physics.motions import last_motion
from physperception.physics.observations import Observation, Track, View
from physperception.scene import Box, EstimateStatus, Instance, Mask, Property, PropertyEstimate, Scene
from tests.unit.clips_of_motion import HEIGHT, WIDTH, ball_clip, disc, over, picture, surface

START_NS = 1_700_000_000_123_456_789
RATE_HZ = 60.0
RESTITUTION = 0.7
CLEAR_BOUNCES = 70


def ball(indices=range(190), held=12, drop=70.0, fall=900.0):
    """Places of a ball held, dropped and bouncing, float [T, 2], by the laws of the fall, at multiples of a period."""
    places = []
    for index in indices:
        time, speed, y = max(index - held, 0) / RATE_HZ, (2 * drop * fall) ** 0.5, 100.0
        first = speed / fall
        if time < first:
            y -= drop - fall * time**2 / 2
        else:
            time -= first
            for _ in range(12):
                speed *= RESTITUTION
                if time < 2 * speed / fall:
                    y -= speed * time - fall * time**2 / 2
                    break
                time -= 2 * speed / fall
        places.append((60.0, y))
    return np.array(places)


def config(**changes):
    return load(PropertiesConfig, "properties", **{"properties": ["RESTITUTION"], "settle_s": 0.3} | changes)


def scene(mask, name="cup-7", width=WIDTH, height=HEIGHT):
    whole = Mask.from_full(mask)
    item = Instance(id=name, class_id="thing", score=0.9, visible_box=whole.extent, visible_mask=whole)
    return Scene(width=width, height=height, instances=(item,))


def stamp(index):
    return START_NS + round(index / RATE_HZ * 1e9)


@pytest.fixture(scope="module")
def clip():
    """A ball of 7 px that bounces and lies still; images and masks."""
    return ball_clip(ball(), radius=7)


def test_a_bounce_is_told_once_over_and_agrees_with_the_whole_clip(clip):
    frames, masks = clip
    stream, told, used = PropertyEstimator(config()), [], []
    for index, (image, mask) in enumerate(zip(frames, masks)):
        if index % 9 == 4:
            continue
        used.append(index)
        told += [(index, event) for event in stream.update(image, stamp(index), scene(mask), View(counterpart="table"))]
    index, found = told[-1]
    early = [i for i in used if i < CLEAR_BOUNCES]
    (offline,) = estimate_clip(
        [frames[i] for i in early],
        [i / RATE_HZ for i in early],
        Property.RESTITUTION,
        View(),
        [masks[i] for i in early],
    )
    assert found.status is offline.estimate.status is EstimateStatus.VALID
    assert found.lower <= RESTITUTION <= found.upper
    assert found.lower <= offline.estimate.value <= found.upper
    assert offline.estimate.lower <= found.value <= offline.estimate.upper
    assert (found.object_id, found.counterpart) == ("cup-7", "table")
    assert {found.first_stamp_ns, found.last_stamp_ns} <= {stamp(i) for i in used}
    assert found.last_stamp_ns <= stamp(index)
    assert stream.latest(stamp(index)) == [found]
    assert [item.status for item in stream.latest(stamp(index) + 601 * 10**9)] == [EstimateStatus.STALE]
    stream.update(frames[0], stamp(-1000), scene(masks[0]))
    assert stream.latest(stamp(index)) == []


def counted(monkeypatch):
    """Counts measurements and fits."""
    calls = {"measured": 0, "fitted": 0}
    update = watching.StreamMeasurer.update

    def measure(*arguments):
        calls["measured"] += 1
        return update(*arguments)

    def fit(track, view):
        calls["fitted"] += 1
        return refusal(track.object_id)

    monkeypatch.setattr(watching.StreamMeasurer, "update", measure)
    monkeypatch.setitem(estimator_module.FITS, Property.RESTITUTION, fit)
    return calls


def refusal(name):
    return PropertyEstimate(
        object_id=name, property=Property.RESTITUTION, status=EstimateStatus.REFUSED, reason="NO_MOTION: it slides"
    )


def small_loop():
    """24 images of 64 x 48 of a disc that goes to the right and back."""
    random = np.random.default_rng(0)
    places = [8 + 48 * abs(i / 12 - 1) for i in range(24)]
    return [picture(over(surface()[:48, :64], disc(x, 20, 5, 64, 48), (200, 60, 40)), random) for x in places]


def test_a_still_scene_is_neither_measured_nor_fitted(monkeypatch):
    calls = counted(monkeypatch)
    random = np.random.default_rng(0)
    still = [picture(surface()[:48, :64], random) for _ in range(6)]
    stream = PropertyEstimator(config())
    for index, image in zip(range(300), itertools.cycle(still)):
        assert stream.update(image, stamp(index)) == []
    assert calls["fitted"] == 0
    assert calls["measured"] < 40
    assert stream.status == "at rest"


def test_a_refusal_is_told_once_a_motion_and_memory_stays_flat_over_ten_thousand_images(monkeypatch):
    counted(monkeypatch)
    loop, still = small_loop(), np.zeros((48, 64), dtype=np.bool_)
    stream, held, told = PropertyEstimator(config(window_s=1.0)), [], 0
    for index in range(10_000):
        moving = index % 500 < 48
        x = round(8 + 48 * abs(index % 24 / 12 - 1)) if moving else 56
        mask = still.copy()
        mask[15:26, max(x - 5, 0) : x + 6] = True
        seen = scene(mask, f"thing-{index // 500}", 64, 48)
        told += len(stream.update(loop[index % 24 if moving else 0], stamp(index), seen, View()))
        if index % 500 == 499:
            held.append(items_held(stream))
    assert told == 20
    assert held[-1] < 1.1 * max(held[:12])
    assert {item.reason for item in stream.latest(stamp(10_000))} == {"NO_MOTION: it slides"}


def test_a_motion_that_is_over_is_fitted_though_the_thing_moves_again_at_once(monkeypatch):
    counted(monkeypatch)
    still = surface()[:48, :64].astype(np.uint8)
    stream, told = PropertyEstimator(config()), []
    for index in range(150):
        image, mask = still.copy(), np.zeros((48, 64), dtype=np.bool_)
        x = 5 + min(index, 45) // 2 + max(index - 70, 0) // 4
        mask[15:26, x : x + 12] = True
        image[mask] = (200, 60, 40)
        told += [index for _ in stream.update(image, stamp(index), scene(mask, "cup", 64, 48), View())]
    assert 60 <= told[0] <= 72


def test_when_many_things_come_to_rest_at_once_only_a_few_are_fitted_an_image(monkeypatch):
    calls = counted(monkeypatch)
    still, disc_mask = surface()[:48, :64].astype(np.uint8), np.ones((4, 4), dtype=np.bool_)
    stream, told, most = PropertyEstimator(config()), [], 0
    for index in range(150):
        image, masks = still.copy(), [Mask(2 + 6 * n, 4 + min(index, 20), disc_mask) for n in range(10)]
        for mask in masks:
            image[mask.y : mask.y + 4, mask.x : mask.x + 4] = (200, 60, 40)
        items = tuple(
            Instance(id=f"nut-{n}", class_id="nut", score=0.9, visible_box=mask.extent, visible_mask=mask)
            for n, mask in enumerate(masks)
        )
        before = calls["fitted"] if index > 25 else 0
        told += stream.update(image, stamp(index), Scene(width=64, height=48, instances=items), View())
        most = max(most, calls["fitted"] - before if index > 25 else 0)
    assert most == 3
    assert len({event.object_id for event in told}) == 10


def test_what_is_kept_of_many_things_is_bounded(monkeypatch):
    counted(monkeypatch)
    for module, name, most in ((estimator_module, "MOST_PAIRS", 8), (estimator_module, "MOST_STAMPS", 99)):
        monkeypatch.setattr(module, name, most)
    monkeypatch.setattr(depths, "MOST_DEPTHS", 99)
    still = surface()[:48, :64].astype(np.uint8)
    stream, held = PropertyEstimator(config(window_s=1.0)), []
    for index in range(700):
        image, mask = still.copy(), np.zeros((48, 64), dtype=np.bool_)
        x = 5 + 2 * (index % 20)
        mask[15:26, x : x + 12] = True
        image[mask] = (200, 60, 40)
        stream.update(image, stamp(index), scene(mask, f"thing-{index // 20}", 64, 48), View(), mask.astype(np.float32))
        if index % 20 == 19:
            held.append(items_held(stream))
    assert len(stream.latest(stamp(700))) == 8
    assert max(held[23:]) < 1.1 * max(held[12:23])


def items_held(root):
    """How many objects an object keeps alive, and how many bytes of images among them, as one number of kilobytes."""
    seen, found, size = {id(root)}, [root], 0
    while found:
        item = found.pop()
        size += 100 + (item.nbytes if isinstance(item, np.ndarray) else 0)
        for other in gc.get_referents(item):
            if id(other) not in seen and not isinstance(other, (type, ModuleType, FunctionType)):
                seen.add(id(other))
                found.append(other)
    return size // 1000


def test_bad_input_is_told_in_a_sentence_and_the_next_image_works(clip):
    frames, masks = clip
    stream = PropertyEstimator(config())
    stream.update(frames[0], stamp(0), scene(masks[0]))
    for bad, when, seen, depth, words in (
        (frames[1].astype(np.float32), 1, None, None, "uint8"),
        (frames[1][:60], 1, None, None, "size changed"),
        (frames[1], 0, None, None, "must rise"),
        (frames[1], 1, scene(masks[1][:60], height=60), None, "the objects are from a 160 x 60 image"),
        (frames[1], 1, None, np.ones((2, 2), np.float32), "depth is"),
    ):
        with pytest.raises(InvalidImage, match=words):
            stream.update(bad, stamp(when), seen, None, depth)
    assert stream.update(frames[1], stamp(1), scene(masks[1])) == []


def test_a_moving_camera_is_refused_once(clip):
    random = np.random.default_rng(0)
    wide = np.full((HEIGHT, WIDTH + 60, 3), 120.0)
    for x, y, grey in zip(random.integers(0, WIDTH + 52, 200), random.integers(0, HEIGHT - 8, 200), range(0, 200)):
        wide[y : y + 8, x : x + 8] = grey
    wide = picture(wide, random)
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.bool_)
    mask[40:60, 40:60] = True
    stream, told = PropertyEstimator(config()), []
    for index in range(12):
        told += stream.update(np.ascontiguousarray(wide[:, 5 * index : WIDTH + 5 * index]), stamp(index), scene(mask))
    assert [(item.object_id, item.reason.split(":")[0]) for item in told] == [("cup-7", "AMBIGUOUS_OBJECT")]
    assert "camera moves" in stream.status


def track(xs):
    box, covariance = Box(0, 0, 9, 9), 0.01 * np.eye(2)
    seen = [Observation(stamp_s=i / 30, x=x, y=5, covariance=covariance, box=box, area_px=81) for i, x in enumerate(xs)]
    return Track("a", tuple(seen))


def test_the_last_motion_of_a_track():
    rest, slide = [10.0] * 30, list(np.linspace(10, 40, 30))
    assert last_motion(track(rest), "rigid", 1.0, 0.3) is None
    motion = last_motion(track(rest + slide), "rigid", 2.0, 0.3)
    assert not motion.ended
    assert motion.start_s == pytest.approx(1.0, abs=0.1)
    twice = last_motion(track(rest + slide + [40.0] * 30 + slide[::-1] + rest), "rigid", 5.0, 0.3)
    assert twice.ended
    assert twice.start_s == pytest.approx(3.0, abs=0.1)
    assert 4.0 <= twice.end_s <= 4.3
    assert last_motion(track(rest + slide), "rigid", 2.5, 0.3).ended


def test_masks_that_tremble_are_no_motion():
    random = np.random.default_rng(0)
    assert last_motion(track(10 + random.normal(0, 0.1, 300)), "rigid", 10.0, 0.5) is None


def test_the_last_and_least_bounces_are_left_out_and_the_end_of_a_slide_is_not():
    heights = 60 - (ball() - ball()[-1])[:, 1]
    bounces = last_motion(track(heights), "rigid", 7.0, 0.6)
    assert bounces.track.stamps_s[-1] < bounces.end_s - 0.5
    slide = [10.0] * 15 + list(10 + 40 * (1 - np.linspace(1, 0, 60) ** 2)) + [50.0] * 30
    whole = last_motion(track(slide), "block", 4.0, 0.3)
    assert whole.track.stamps_s[-1] == whole.end_s > 2.3


def test_what_is_known_of_the_view():
    view = load(ViewConfig, "properties", **{"gravity.y": 2.0, "plane.normal_y": -1.0, "plane.distance_m": 0.5}).view()
    assert view.gravity == (0, 1, 0)
    assert (view.plane.normal, view.plane.offset) == ((0, -1, 0), -0.5)
    assert load(ViewConfig, "properties").view() == View()
    for half in ({"plane.distance_m": 1.0}, {"plane.normal_z": 1.0}, {"surface_size.length_m": 0.1}):
        with pytest.raises(ConfigError):
            load(ViewConfig, "properties", **half).view()


def test_what_can_not_be_is_refused_at_the_start():
    with pytest.raises(ConfigError, match="HARDNESS"):
        PropertyEstimator(config(properties=["HARDNESS"]))
    with pytest.raises(ModelUnavailable, match="nowhere"):
        PropertyEstimator(config(**{"readout.weights": "nowhere"}))

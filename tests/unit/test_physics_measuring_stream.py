"""Motion measured image by image: as good as over the whole clip, in bounded memory, and going on after bad input."""

import gc

import numpy as np
import psutil
import pytest

from physperception.errors import InvalidImage
from physperception.physics.measuring import CameraMoves, StreamMeasurer, measure_clip
from physperception.scene import Mask
from tests.unit.clips_of_motion import HEIGHT, WIDTH, ball_clip, bouncing, disc, over, picture, stamps, surface


def test_stream_agrees_with_the_clip_although_the_ball_is_there_at_first():
    path = bouncing(36, speed=95.0)
    frames, _ = ball_clip(path, radius=7)
    (offline,) = measure_clip(frames, stamps(36))
    stream = StreamMeasurer()
    for image, stamp in zip(frames, stamps(36)):
        stream.update(image, stamp)
    online = max(stream.tracks(), key=len)
    assert len(online) == 36
    assert np.abs(offline.centers - np.array(path)).max() < 0.15
    assert np.abs(online.centers - offline.centers).max() < 0.3


def test_given_ids_are_kept_and_lists_are_associated():
    frames, masks = ball_clip(bouncing(10))
    named, listed = StreamMeasurer(), StreamMeasurer()
    for image, stamp, mask in zip(frames, stamps(10), masks):
        seen = named.update(image, stamp, {"cup-7": Mask.from_full(mask)})
        listed.update(image, stamp, [Mask.from_full(mask)])
        assert list(seen.observations) == ["cup-7"]
    assert [(track.object_id, len(track)) for track in named.tracks()] == [("cup-7", 10)]
    assert [(track.object_id, len(track)) for track in listed.tracks()] == [("object-1", 10)]


def test_bad_images_change_nothing():
    frames, _ = ball_clip(bouncing(30))
    good, troubled = StreamMeasurer(), StreamMeasurer()
    for index, (image, stamp) in enumerate(zip(frames, stamps(30))):
        good.update(image, stamp)
        troubled.update(image, stamp)
        if index % 7 == 3:
            for bad, when in (
                (image.astype(np.float32), stamp + 0.01),
                (image[:-10], stamp + 0.01),
                (image, float("nan")),
                (image, stamp - 1),
            ):
                with pytest.raises(InvalidImage):
                    troubled.update(bad, when)
            with pytest.raises(InvalidImage):
                troubled.update(image, stamp + 0.01, np.zeros((HEIGHT, WIDTH), dtype=np.bool_))
    for one, other in zip(good.tracks(), troubled.tracks(), strict=True):
        assert one.object_id == other.object_id
        np.testing.assert_array_equal(one.centers, other.centers)


def test_camera_motion_is_refused_and_measuring_goes_on():
    random = np.random.default_rng(0)
    wide = surface(3, contrast=14.0, width=WIDTH + 60, height=HEIGHT)
    stream, refused = StreamMeasurer(), 0
    for index in range(10):
        try:
            stream.update(picture(wide[:, 5 * index : WIDTH + 5 * index], random), index / 30)
        except CameraMoves:
            refused += 1
    assert refused >= 4
    still = wide[:, 45 : WIDTH + 45]
    for index in range(12):
        stream.update(picture(still, random), 1 + index / 30)
    for index in range(12):
        stream.update(picture(over(still, disc(20 + 5 * index, 60, 8), (200, 60, 40)), random), 2 + index / 30)
    assert any(len(track) >= 10 and np.ptp(track.centers[:, 0]) > 40 for track in stream.tracks())


def test_memory_stays_flat_over_ten_thousand_images():
    random = np.random.default_rng(0)
    loop = [
        picture(over(surface()[:48, :64], disc(8 + 48 * abs(i / 12 - 1), 20, 5, 64, 48), (200, 60, 40)), random)
        for i in range(24)
    ]
    stream, process, sizes = StreamMeasurer(window_s=1.0), psutil.Process(), []
    for index in range(10_000):
        moving = index % 1000 < 50
        stream.update(loop[index % 24] if moving else loop[0], index / 30)
        if index % 1000 == 999:
            gc.collect()
            sizes.append(process.memory_info().rss)
    assert max(sizes[3:]) < max(sizes[:3]) + 8_000_000
    assert all(len(track) <= 31 for track in stream.tracks())


@pytest.mark.parametrize(
    "options", [{"window_s": 0.0}, {"window_s": float("nan")}, {"kind": "gas"}, {"most_frames": 1}]
)
def test_senseless_options_are_refused(options):
    with pytest.raises(InvalidImage):
        StreamMeasurer(**options)

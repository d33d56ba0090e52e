import cv2
import numpy as np
import pytest
from PIL import Image as Picture

from physperception.datasets.media import frames_of_pictures, frames_of_video, frames_of_webcam, read_picture
from physperception.errors import InvalidImage


def gradient(height=20, width=30):
    across, down = np.meshgrid(np.arange(width) * 8, np.arange(height) * 12)
    return np.dstack([across % 256, down % 256, np.full((height, width), 7)]).astype(np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff"])
def test_lossless_pictures_are_read_exactly(tmp_path, suffix):
    Picture.fromarray(gradient()).save(tmp_path / f"a{suffix}")
    assert np.array_equal(read_picture(tmp_path / f"a{suffix}"), gradient())


def test_pictures_are_turned_upright(tmp_path):
    exif = Picture.Exif()
    exif[0x0112] = 6
    Picture.fromarray(gradient()).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_picture(tmp_path / "a.png"), np.rot90(gradient(), -1))


def test_grey_alpha_and_16_bits(tmp_path):
    grey = gradient()[..., 0]
    Picture.fromarray(grey).save(tmp_path / "grey.png")
    assert np.array_equal(read_picture(tmp_path / "grey.png"), np.repeat(grey[..., None], 3, 2))
    Picture.fromarray(np.dstack([gradient(), grey])).save(tmp_path / "alpha.png")
    assert np.array_equal(read_picture(tmp_path / "alpha.png"), gradient())
    cv2.imwrite(str(tmp_path / "deep.png"), grey.astype(np.uint16) * 257)
    assert np.array_equal(read_picture(tmp_path / "deep.png")[..., 0], grey)


@pytest.mark.parametrize("content", [None, b"", b"not a picture", "truncated"])
def test_unreadable_pictures_are_named(tmp_path, content):
    path = tmp_path / "broken.png"
    if content == "truncated":
        Picture.fromarray(gradient(200, 200)).save(path)
        path.write_bytes(path.read_bytes()[:150])
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidImage, match=r"broken\.png"):
        read_picture(path)


def test_pictures_of_a_folder_come_by_name_at_a_steady_rate(tmp_path):
    for name in ("b.png", "a.png", "c.txt"):
        Picture.fromarray(gradient()).save(tmp_path / name, format="png")
    frames = list(frames_of_pictures([tmp_path], rate_hz=4))
    assert [(frame.name, frame.time_ns) for frame in frames] == [("a.png", 0), ("b.png", 250_000_000)]


def test_no_pictures_is_told(tmp_path):
    with pytest.raises(InvalidImage, match="no pictures"):
        list(frames_of_pictures([tmp_path], rate_hz=4))
    with pytest.raises(InvalidImage, match="does not exist"):
        list(frames_of_pictures([tmp_path / "gone"], rate_hz=4))


def test_a_video_gives_its_frames_and_times(tmp_path):
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20, (64, 48))
    for value in range(0, 200, 20):
        writer.write(np.full((48, 64, 3), value, np.uint8))
    writer.release()
    frames = list(frames_of_video(path))
    assert [frame.image.mean() for frame in frames] == pytest.approx(range(0, 200, 20), abs=4)
    steps = np.diff([frame.time_ns for frame in frames])
    assert steps == pytest.approx(50_000_000, abs=2_000_000)


@pytest.mark.parametrize("content", [None, b"", b"no video at all"])
def test_unreadable_videos_are_named(tmp_path, content):
    path = tmp_path / "broken.avi"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidImage, match=r"broken\.avi"):
        list(frames_of_video(path))


def test_an_absent_webcam_is_told():
    with pytest.raises(InvalidImage, match="webcam 63"):
        next(frames_of_webcam(63))

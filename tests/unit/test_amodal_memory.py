"""Earlier, fuller views of objects: recalled where they belong, and only there."""

import math

import cv2
import numpy as np
import pytest

from physperception.amodal.memory import ShapeMemory
from physperception.scene import Mask

WIDTH, HEIGHT = 160, 120
SECOND = 10**9
NOTHING = Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))


def texture(seed, low=0, high=255):
    """Smooth random colours, so that points on them can be followed."""
    coarse = np.random.default_rng(seed).integers(low, high, (30, 40, 3), dtype=np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


class World:
    """A textured ellipse on a background; a bar of another texture comes in front of it.

    Args:
        bar: width of the bar in each frame.
        motion: 2 x 3, of the object from each frame to the next.
    """

    def __init__(self, seed=1, motion=None, centre=(80, 60), brightness=(0, 255)):
        self.background = texture(100, 90, 130)
        self.bar = texture(200, 0, 90)
        self.motion = np.eye(2, 3) if motion is None else motion
        rows, columns = np.mgrid[:HEIGHT, :WIDTH]
        self.shape = (((columns - centre[0]) / 36) ** 2 + ((rows - centre[1]) / 28) ** 2 <= 1).astype(np.uint8)
        self.colours = texture(seed, *brightness)

    def frame(self, index, bar=None):
        """Image, visible mask and whole mask of frame `index`; `bar` is (x1, x2) of what covers it."""
        total = np.vstack([np.eye(2, 3), [[0, 0, 1]]])
        step = np.vstack([self.motion, [[0, 0, 1]]])
        total = np.linalg.matrix_power(step, index) @ total
        whole = cv2.warpAffine(self.shape, total[:2], (WIDTH, HEIGHT), flags=cv2.INTER_NEAREST) > 0
        colours = cv2.warpAffine(self.colours, total[:2], (WIDTH, HEIGHT))
        image = np.where(whole[..., None], colours, self.background)
        visible = whole.copy()
        if bar is not None:
            image[:, bar[0] : bar[1]] = self.bar[:, bar[0] : bar[1]]
            visible[:, bar[0] : bar[1]] = False
        return image, Mask.from_full(visible), Mask.from_full(whole)


def similarity(angle=0.0, scale=1.0, x=0.0, y=0.0):
    motion = cv2.getRotationMatrix2D((80, 60), math.degrees(angle), scale)
    motion[:, 2] += (x, y)
    return motion


def show(memory, frame, index, name="cup"):
    """One frame, completed with what is seen: what the memory recalls of the object."""
    image, visible, _ = frame
    recalled = memory.follow(image, {name: visible}, index * SECOND // 10)
    memory.learn(name, visible, visible, 0.0, index * SECOND // 10)
    return recalled.get(name)


MOTIONS = {
    "at rest": similarity(),
    "moving": similarity(x=2.0, y=-1.0),
    "nearing": similarity(scale=1.03),
    "turning": similarity(angle=0.04, x=-1.0),
}


@pytest.mark.parametrize("motion", MOTIONS.values(), ids=MOTIONS)
def test_an_object_half_covered_by_a_moving_bar_is_recalled_whole(motion):
    world, memory = World(motion=motion), ShapeMemory(10)
    recalled, frame = None, None
    for index in range(14):
        middle = round(sum(world.frame(index)[2].extent.xyxy[::2]) / 2)
        cover = None if index < 2 else (max(115 - 5 * (index - 2), middle), WIDTH)
        frame = world.frame(index, cover)
        recalled = show(memory, frame, index)
    _, visible, whole = frame
    assert 0.4 * whole.area < visible.area < 0.6 * whole.area
    mask, trust = recalled
    assert mask.iou(whole) > 0.9
    assert trust == 1.0


def test_what_is_in_full_view_needs_no_memory():
    world, memory = World(motion=MOTIONS["moving"]), ShapeMemory(10)
    assert [show(memory, world.frame(index), index) for index in range(6)] == [None] * 6


def test_an_object_hidden_for_some_frames_is_recalled_when_it_comes_out():
    world, memory = World(), ShapeMemory(10)
    show(memory, world.frame(0), 0)
    for index in range(1, 8):
        memory.follow(world.frame(index, (index * 3, 160))[0], {}, index * SECOND // 10)
    frame = world.frame(8, (80, 160))
    mask, _ = show(memory, frame, 8)
    assert mask.iou(frame[2]) > 0.95


def test_another_object_under_the_same_id_is_not_recalled():
    memory = ShapeMemory(10)
    show(memory, World(brightness=(150, 255)).frame(0), 0)
    other = World(seed=7, brightness=(0, 90))
    assert show(memory, other.frame(1, (80, 160)), 1) is None


def test_the_same_colours_in_another_place_are_not_recalled():
    memory = ShapeMemory(10)
    show(memory, World(centre=(45, 60)).frame(0), 0)
    assert show(memory, World(centre=(115, 60)).frame(1, (120, 160)), 1) is None


def test_a_view_that_does_not_fit_for_long_is_given_up():
    memory = ShapeMemory(10)
    show(memory, World(brightness=(150, 255)).frame(0), 0)
    other = World(seed=7, brightness=(0, 90))
    for index in range(1, 6):
        show(memory, other.frame(index, (90, 160)), index)
    frame = other.frame(6, (70, 160))
    mask, _ = show(memory, frame, 6)
    assert mask == other.frame(6, (90, 160))[1]


def test_a_view_is_forgotten_after_its_time():
    for memory_s, known in ((0.5, False), (0.9, True)):
        world, memory = World(), ShapeMemory(memory_s)
        show(memory, world.frame(0), 0)
        found = [show(memory, world.frame(index, (80, 160)), index) for index in range(1, 8)]
        assert (found[-1] is not None) == known


def test_time_that_goes_back_forgets_the_views_of_the_future():
    world, memory = World(), ShapeMemory(10)
    show(memory, world.frame(50), 50)
    assert show(memory, world.frame(10, (80, 160)), 10) is None


def test_reset_and_another_image_size_forget():
    world, memory = World(), ShapeMemory(10)
    show(memory, world.frame(0), 0)
    memory.reset()
    assert show(memory, world.frame(1, (80, 160)), 1) is None
    memory = ShapeMemory(10)
    show(memory, world.frame(0), 0)
    image, visible, _ = world.frame(1, (80, 160))
    assert memory.follow(image[:100], {"cup": visible.clip(WIDTH, 100)}, SECOND) == {}


def test_trust_is_what_was_seen_then():
    world, memory = World(), ShapeMemory(10)
    image, visible, whole = world.frame(0, (110, 160))
    memory.follow(image, {"cup": visible}, 0)
    memory.learn("cup", visible, whole, 0.25, 0)
    frame = world.frame(1, (75, 160))
    mask, trust = show(memory, frame, 1)
    assert trust == 0.75
    assert mask == whole


def test_what_was_known_beyond_the_border_stays_known():
    """The remembered shape is not cut at the image: there, too, an object goes on."""
    world, memory = World(centre=(20, 60)), ShapeMemory(10)
    image, visible, _ = world.frame(0)
    rows, columns = np.mgrid[:HEIGHT, :60]
    whole = Mask(-20, 0, ((columns - 40) / 36) ** 2 + ((rows - 60) / 28) ** 2 <= 1).tight()
    memory.follow(image, {"cup": visible}, 0)
    memory.learn("cup", visible, whole, 0.1, 0)
    mask, _ = show(memory, world.frame(1, (20, 60)), 1)
    assert mask.x < 0
    assert mask.iou(whole) > 0.95


def test_an_object_without_texture_stays_where_it_was():
    """No point can be followed: it counts as at rest, and what does not fit then is not recalled."""
    memory = ShapeMemory(10)
    image = np.full((HEIGHT, WIDTH, 3), 60, dtype=np.uint8)
    whole = Mask(40, 40, np.ones((30, 50), dtype=np.bool_))
    image[40:70, 40:90] = 200
    memory.follow(image, {"box": whole}, 0)
    memory.learn("box", whole, whole, 0.0, 0)
    covered = image.copy()
    covered[:, 60:] = 0
    half = Mask(40, 40, np.ones((30, 20), dtype=np.bool_))
    assert memory.follow(covered, {"box": half}, 1)["box"][0] == whole
    away = Mask(100, 80, np.ones((20, 20), dtype=np.bool_))
    assert memory.follow(covered, {"box": away}, 2) == {}

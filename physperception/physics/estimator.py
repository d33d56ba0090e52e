"""Physical properties from a stream of images: what is known of every object, told as it is learnt."""

from __future__ import annotations

import bisect
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from physperception.errors import InvalidImage
from physperception.physics.clips import FITS, KINDS
from physperception.physics.config import PropertiesConfig
from physperception.physics.depths import DepthMemory
from physperception.physics.fusion import EstimateHistory
from physperception.physics.given import masks_of
from physperception.physics.measuring import CameraMoves
from physperception.physics.measuring.frames import ImageArray
from physperception.physics.motions import Motion, last_motion
from physperception.physics.observations import Refusal, Track, View
from physperception.physics.opinions import StreamReadout
from physperception.physics.watching import Watcher
from physperception.scene import EstimateStatus, Property, PropertyEstimate, Scene

BACKWARD_JUMP_NS = 500_000_000
PERIOD_S = 0.5
AFFORDABLE_S = 0.05
MOST_STAMPS = 4096
MOST_PAIRS = 256
MOST_FITS = 3

Pair = tuple[str, Property]


class PropertyEstimator:
    """Restitution, kinetic friction and viscosity of what moves before a camera at rest.

    A motion is fitted when it is over. While it goes on, an object of which nothing is known gets an early estimate,
    at most every half second and only where fits are fast; when the motion is over, the fit of all of it takes its
    place, and where that is a refusal the early estimate is taken back. Where many things come to rest at once, three
    are fitted an image. Memory does not grow.

    Args:
        config: options.

    Raises:
        ConfigError: an unknown property.
        ModelUnavailable: a read-out is asked for and is not there.
    """

    def __init__(self, config: PropertiesConfig) -> None:
        self._config = config
        self._wanted = config.wanted
        self._readout = StreamReadout(config) if config.readout_weights else None
        kinds = [KINDS[prop] for prop in self._wanted]
        self._watcher = Watcher(kinds, config.window_s, config.settle_s)
        self._history = EstimateHistory(MOST_PAIRS)
        self._lock = threading.Lock()
        self.reset()

    @property
    def device(self) -> str:
        """Where the read-out runs."""
        return "cpu" if self._readout is None else str(self._readout.device)

    @property
    def model_id(self) -> str:
        """What makes the estimates."""
        return "fit" if self._readout is None else "fit+readout"

    @property
    def status(self) -> str:
        """What it does, in words."""
        if self._stamps_ns and self._seconds(self._stamps_ns[-1]) - self._camera_moved_s < 2 * self._config.settle_s:
            return "the camera moves: hold it still to measure motion"
        return "at rest" if self._watcher.resting else "something moves"

    def reconfigure(self, config: PropertiesConfig) -> None:
        """Take over `max_age_s`; what else changed is not."""
        self._config = replace(self._config, max_age_s=config.max_age_s)

    def reset(self) -> None:
        """Forget everything, as after a jump in time."""
        with self._lock:
            self._history.reset()
            self._early: dict[Pair, PropertyEstimate] = {}
        self._watcher.reset()
        if self._readout is not None:
            self._readout.reset()
        self._concluded: dict[Pair, float] = {}
        self._depths = DepthMemory()
        self._stamps_ns: deque[int] = deque(maxlen=MOST_STAMPS)
        self._origin_ns = 0
        self._next_s = 0.0
        self._slowest_s = 0.0
        self._tries = 0
        self._finished = True
        self._camera_moved_s = -np.inf

    def update(
        self,
        image: ImageArray,
        stamp_ns: int,
        scene: Scene | None = None,
        view: View | None = None,
        depth_m: NDArray[np.float32] | None = None,
    ) -> list[PropertyEstimate]:
        """Take in the next image.

        Args:
            image: uint8 RGB [H, W, 3].
            stamp_ns: when it was taken, later than the last; more than half a second earlier forgets everything.
            scene: the objects in it, whose ids estimates then have; None finds what moves, with ids of its own.
            view: what is known of camera, surface and sizes.
            depth_m: float32 [H, W], metres along the optical axis, NaN unknown.

        Returns:
            Estimates that are new or refined by this image, and refusals, each once a motion and only where nothing
            is known. While the camera moves, AMBIGUOUS_OBJECT for what was moving.

        Raises:
            InvalidImage: an unusable image, stamp, scene or depth; nothing changes, and the next one goes on.
        """
        view = view or View()
        if self._stamps_ns and stamp_ns < self._stamps_ns[-1] - BACKWARD_JUMP_NS:
            self.reset()
        if not self._stamps_ns:
            self._origin_ns = stamp_ns
        masks = None if scene is None else masks_of(scene, image)
        if depth_m is not None and depth_m.shape != image.shape[:2]:
            raise InvalidImage(f"depth is {list(depth_m.shape)} but the image is {list(image.shape[:2])}")
        stamp_s = self._seconds(stamp_ns)
        try:
            seen = self._watcher.update(image, stamp_s, masks, view.row_time_s)
        except CameraMoves as error:
            self._stamps_ns.append(stamp_ns)
            return self._refused_for_camera(str(error), stamp_ns, scene, view)
        self._stamps_ns.append(stamp_ns)
        if self._watcher.resting and self._finished:
            return []
        if depth_m is not None:
            self._depths.add(seen, stamp_s, depth_m)
        if self._readout is not None:
            self._readout.add(image, stamp_s)
        return self._fitted(stamp_s, view)

    def latest(self, now_ns: int) -> list[PropertyEstimate]:
        """What is known of every object, and refusals where nothing is; old estimates are STALE.

        May be called from another thread than `update`.

        Args:
            now_ns: by the clock of the images.
        """
        with self._lock:
            known = self._history.latest(now_ns, self._config.max_age_s)
            early = dict(self._early)
        told = [item for item in known if item.status is not EstimateStatus.REFUSED or _pair(item) not in early]
        pairs = {_pair(item) for item in told}
        return told + [item for pair, item in early.items() if pair not in pairs]

    def _fitted(self, stamp_s: float, view: View) -> list[PropertyEstimate]:
        """Fits that are due: of motions that are over, and early ones."""
        over = self._watcher.resting
        if self._finished:
            self._finished, self._next_s = False, stamp_s + PERIOD_S
            return []
        if not over and stamp_s < self._next_s and not self._watcher.ended:
            return []
        known = self._known()
        events: list[PropertyEstimate] = []
        left = self._tries = MOST_FITS
        for prop, motion, last_s in self._motions(stamp_s, known):
            pair = (motion.track.object_id, prop)
            if motion.end_s <= self._concluded.get(pair, -np.inf):
                continue
            if motion.ended or self._watcher.rests(pair[0]):
                events += self._conclude(pair, motion, last_s, view)
                left -= 1
                if not left:
                    break
            elif self._tries and self._slowest_s <= AFFORDABLE_S and pair not in known:
                self._tries -= 1
                events += self._try_early(pair, motion, view)
        self._next_s = stamp_s + PERIOD_S if left else stamp_s
        self._finished = over and left > 0
        if self._finished and self._readout is not None:
            self._readout.reset()
        while len(self._concluded) > MOST_PAIRS:
            del self._concluded[next(iter(self._concluded))]
        return events

    def _motions(self, stamp_s: float, known: set[Pair]) -> Iterator[tuple[Property, Motion, float]]:
        """Motions that may be due, and until when each thing was seen; only these are measured with all they hold."""
        settle_s, over = self._config.settle_s, self._watcher.resting

        def wanted(prop: Property, name: str, last_s: float, moving: bool) -> bool:
            pair = (name, prop)
            if moving and not over and self._watcher.masked:
                return self._tries > 0 and self._slowest_s <= AFFORDABLE_S and pair not in known
            return last_s - settle_s > self._concluded.get(pair, -np.inf)

        for prop in self._wanted:
            for track in self._watcher.tracks(KINDS[prop], partial(wanted, prop)):
                motion = last_motion(track, KINDS[prop], stamp_s, settle_s)
                if motion is not None:
                    yield prop, motion, float(track.stamps_s[-1])
                elif self._watcher.rests(track.object_id):
                    self._concluded[track.object_id, prop] = float(track.stamps_s[-1])

    def _conclude(self, pair: Pair, motion: Motion, last_s: float, view: View) -> list[PropertyEstimate]:
        """The fit of a motion that is over; a refusal is told only where nothing is known or an early one stood."""
        estimate = self._estimate(pair[1], motion.track, view)
        self._concluded.pop(pair, None)
        self._concluded[pair] = last_s
        with self._lock:
            self._early.pop(pair, None)
            known = self._history.add(estimate)
        if estimate.status is EstimateStatus.REFUSED and known.status is not EstimateStatus.REFUSED:
            return []
        return [known]

    def _try_early(self, pair: Pair, motion: Motion, view: View) -> list[PropertyEstimate]:
        estimate = self._estimate(pair[1], motion.track, view)
        if estimate.status is EstimateStatus.REFUSED:
            return []
        with self._lock:
            before = self._early.get(pair)
            if before is None and len(self._early) >= MOST_PAIRS:
                return []
            self._early[pair] = estimate
        return [] if before and (before.value, before.lower) == (estimate.value, estimate.lower) else [estimate]

    def _estimate(self, prop: Property, track: Track, view: View) -> PropertyEstimate:
        """A fit, under the stamps of the images."""
        began = time.monotonic()
        track = self._depths.given_to(track)
        estimate = FITS[prop](track, view)
        if self._readout is not None:
            estimate = self._readout.joined(estimate, track, view)
        self._slowest_s = max(self._slowest_s, time.monotonic() - began)
        return replace(
            estimate,
            first_stamp_ns=self._image_stamp(estimate.first_stamp_ns),
            last_stamp_ns=self._image_stamp(estimate.last_stamp_ns),
        )

    def _seconds(self, stamp_ns: int) -> float:
        """Since the first image: small enough for float64 to hold every nanosecond."""
        return (stamp_ns - self._origin_ns) / 1e9

    def _image_stamp(self, since_origin_ns: int) -> int:
        """The stamp of the image nearest to a time of the fits; rows of a rolling shutter have times of their own."""
        wanted = since_origin_ns + self._origin_ns
        stamps = list(self._stamps_ns)
        near = bisect.bisect_left(stamps, wanted)
        return min(stamps[max(near - 1, 0) : near + 1], key=lambda stamp: abs(stamp - wanted))

    def _known(self) -> set[Pair]:
        with self._lock:
            return {_pair(it) for it in self._history.latest(0, np.inf) if it.status is not EstimateStatus.REFUSED}

    def _refused_for_camera(self, words: str, stamp_ns: int, scene: Scene | None, view: View) -> list[PropertyEstimate]:
        """Once until the camera rests again: every object of the scene, or what an early estimate was told of."""
        stamp_s = self._seconds(stamp_ns)
        told, self._camera_moved_s = stamp_s - self._camera_moved_s < 2 * self._config.settle_s, stamp_s
        known = self._known()
        with self._lock:
            ids = dict.fromkeys([item.id for item in scene.instances] if scene else [name for name, _ in self._early])
            self._early.clear()
        self._finished = True
        if told:
            return []
        refusals = [
            PropertyEstimate(
                object_id=name,
                property=prop,
                status=EstimateStatus.REFUSED,
                counterpart=view.counterpart,
                reason=f"{Refusal.AMBIGUOUS_OBJECT.value}: {words}",
                first_stamp_ns=stamp_ns,
                last_stamp_ns=stamp_ns,
                frames=1,
                method="FIT",
            )
            for name in ids
            for prop in self._wanted
            if (name, prop) not in known
        ]
        with self._lock:
            return [self._history.add(refusal) for refusal in refusals]


def _pair(estimate: PropertyEstimate) -> Pair:
    return estimate.object_id, estimate.property

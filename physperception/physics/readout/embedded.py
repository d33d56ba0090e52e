"""The embedded backbone: a small video encoder, trained here, that follows points of its own choice through a clip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from physperception.physics.readout.augmentation import move_and_recolour
from physperception.physics.readout.backbone import CONTEXT, Backbone, with_time
from physperception.physics.readout.clips import Clip, known_context, watch
from physperception.physics.readout.trajectories import local_polynomials
from physperception.scene import Property

STORED_MARGIN = 8
GRAVITY = 9.81
SLOWEST = 0.02
CHANNELS = 4


class EmbeddedBackbone(Backbone):
    """Convolutions on every frame, points and areas in physical units, attention over time; below 0.8 M parameters.

    What it sees of a clip is brightness, what the motion segmenter takes for a thing, and the difference from the
    frames before and after, in a square around the motion. Sliding and spreading are watched straight from above
    where camera and plane are known. K soft points and areas are read from heat maps; their speeds and accelerations
    come from local parabolas over the true time stamps and, where the square's size in metres is known, are in metres
    and seconds. So neither frame rate nor view has to be learnt by heart. Its inputs are those of a robot: no ground
    truth.

    Args:
        property: whose clips are watched; says how.
        frames: most that are looked at.
        size: of the square, pixels; a multiple of 16.
        points: K.
        width: of the tokens over time.
        blocks: of attention over time.
    """

    kind = "embedded"

    def __init__(
        self, property: str, frames: int = 32, size: int = 96, points: int = 16, width: int = 128, blocks: int = 3
    ) -> None:
        super().__init__()
        self._property = Property(property)
        self.frames, self.size, self.points = frames, size, points
        self._options = dict(
            property=self._property.value, frames=frames, size=size, points=points, width=width, blocks=blocks
        )
        self.quarter = nn.Sequential(_conv(CHANNELS, 16, 5, 2), _conv(16, 32, 3, 2), _conv(32, 32, 3, 1))
        self.eighth = nn.Sequential(_conv(32, 64, 3, 2), _conv(64, 64, 3, 1))
        self.sixteenth = nn.Sequential(_conv(64, 96, 3, 2))
        self.fine, self.middle, self.coarse = (nn.Conv2d(count, 2 * points, 1) for count in (32, 64, 96))
        signals = 3 * points + 3
        self.token = nn.Sequential(
            nn.Linear(96 + 3 * signals + 3 * (points + 1) + 7, width), nn.GELU(), nn.Linear(width, width)
        )
        self.known = nn.Sequential(nn.Linear(CONTEXT, width), nn.GELU(), nn.Linear(width, width))
        self.blocks = nn.ModuleList([_TimeBlock(width) for _ in range(blocks)])
        self.widths = (32, 64, 96, *[width] * blocks)

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def options(self) -> dict[str, Any]:
        return dict(self._options)

    def look(self, clip: Clip) -> dict[str, Tensor]:
        """`video` uint8 [N, 2, R, R] (brightness, cover), `stamps` float32 [N], `count` int64 [], `context`.

        N is 8 more than `frames`, R is 8 more than `size`, for augmentation; a shorter clip is filled up.
        """
        count, raster = self.frames + STORED_MARGIN, self.size + STORED_MARGIN
        on_plane = self._property is not Property.RESTITUTION
        seen = watch(clip, count, raster, on_plane, growing=self._property is Property.VISCOSITY)
        grey = torch.from_numpy(seen.frames).float() @ torch.tensor([0.299, 0.587, 0.114])
        video = torch.stack((grey.round().to(torch.uint8), torch.from_numpy(seen.things)), 1)
        missing = count - len(video)
        stamps = torch.from_numpy(seen.stamps_s)
        return {
            "video": torch.cat((video, video[-1:].expand(missing, -1, -1, -1))),
            "stamps": torch.cat((stamps, stamps[-1:].expand(missing))),
            "count": torch.tensor(len(seen.stamps_s)),
            "context": torch.from_numpy(known_context(clip, seen.raster)),
        }

    def batch(self, looks: Mapping[str, Tensor], generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """`video` float32 [B, T, 2, S, S] in 0..1, `stamps` float32 [B, T], `context` float32 [B, 12]."""
        used = min(self.frames, int(looks["count"].min()))
        rows = torch.stack([_chosen(int(count), used, generator) for count in looks["count"]])
        clip = torch.arange(len(rows))[:, None]
        video, stamps = looks["video"][clip, rows].float() / 255, looks["stamps"][clip, rows]
        context = looks["context"].clone()
        if generator is None:
            low = (video.shape[-1] - self.size) // 2
            video = video[..., low : low + self.size, low : low + self.size]
            context[:, 0] += (self.size / looks["video"].shape[-1] - 1) * context[:, 1]
        else:
            video, context = move_and_recolour(video, context, self.size, generator)
        return {"video": video, "stamps": stamps, "context": with_time(context, stamps)}

    def forward(self, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        """Tokens of three convolutional stages [B, T h w, C] and of every block over time [B, T, width]."""
        video, stamps = inputs["video"], inputs["stamps"]
        count, times = video.shape[:2]
        images = _channels(video)
        quarter = self.quarter(images)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        middle = self.middle(eighth) + _enlarge(self.coarse(sixteenth), eighth.shape[-2:])
        heat = self.fine(quarter) + _enlarge(middle, quarter.shape[-2:])
        with torch.autocast(video.device.type, enabled=False):
            signals = _signals(heat.float(), images[:, 1].float(), self.points).view(count, times, -1)
            moving = _in_motion(signals, stamps.float(), inputs["context"].float(), 2 * self.points + 2)
        pooled = sixteenth.float().mean((2, 3)).view(count, times, -1)
        tokens = self.token(torch.cat((pooled, moving, _time_features(stamps.float())), 2))
        tokens = tokens + self.known(inputs["context"])[:, None]
        layers = [stage.flatten(2).unflatten(0, (count, times)) for stage in (quarter, eighth, sixteenth)]
        found = [stage.transpose(2, 3).flatten(1, 2) for stage in layers]
        for block in self.blocks:
            tokens = block(tokens)
            found.append(tokens)
        return found


class _TimeBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.near_norm, self.far_norm, self.each_norm = (nn.LayerNorm(width) for _ in range(3))
        self.near = nn.Conv1d(width, width, 5, padding=2, groups=8)
        self.far = nn.MultiheadAttention(width, 4, batch_first=True)
        self.each = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.near(self.near_norm(tokens).transpose(1, 2)).transpose(1, 2)
        normed = self.far_norm(tokens)
        tokens = tokens + self.far(normed, normed, normed, need_weights=False)[0]
        return tokens + self.each(self.each_norm(tokens))


def _channels(video: Tensor) -> Tensor:
    """Grey and cover [B, T, 2, S, S] to [B T, 4, S, S]: grey evened out over the clip, cover, change before, after."""
    grey, cover = video[:, :, 0], video[:, :, 1]
    grey = (grey - grey.mean((1, 2, 3), keepdim=True)) / (grey.std((1, 2, 3), keepdim=True) + 0.05)
    step = 2 * functional.pad(grey.diff(dim=1), (0, 0, 0, 0, 1, 1))
    return torch.stack((grey, cover, step[:, :-1], step[:, 1:]), 2).flatten(0, 1)


def _signals(heat: Tensor, cover: Tensor, points: int) -> Tensor:
    """Points, then log areas [B T, 2 K + 2 + K + 1] of heat maps [B T, 2 K, h, w] and of the cover itself.

    Points are in -0.5..0.5 of the square.
    """
    maps = torch.cat((heat[:, :points].flatten(2).softmax(2), _mass(cover, heat.shape[-2:])), 1)
    height, width = heat.shape[-2:]
    x = (torch.arange(width, device=heat.device) + 0.5) / width - 0.5
    y = (torch.arange(height, device=heat.device) + 0.5) / height - 0.5
    grid = torch.stack((x.expand(height, width), y[:, None].expand(height, width)), -1).flatten(0, 1)
    places = maps @ grid
    areas = torch.cat((heat[:, points:].sigmoid().mean((2, 3)), cover.mean((1, 2))[:, None]), 1)
    return torch.cat((places.flatten(1), (areas + 1e-3).log()), 1)


def _mass(cover: Tensor, shape: torch.Size) -> Tensor:
    soft = functional.adaptive_avg_pool2d(cover[:, None], (shape[0], shape[1])).flatten(2) + 1e-6
    return soft / soft.sum(2, keepdim=True)


def _in_motion(signals: Tensor, stamps: Tensor, context: Tensor, coordinates: int) -> Tensor:
    """Signals [B, T, C] with their first and second derivatives; the first `coordinates`, x and y, in metres if known.

    After them, of every point, the speed and the accelerations along and across its way, which no turn of the camera
    changes. Accelerations of points are over that of gravity; all are compressed, being large at impacts.
    """
    side = torch.where(context[:, 1] > 0, context[:, 0].exp(), 1.0)[:, None, None]
    first, second = (matrix @ signals for matrix in local_polynomials(stamps))
    scale = torch.ones_like(signals[:1, :1])
    scale[..., :coordinates] = 1 / GRAVITY
    sides = torch.where(torch.arange(signals.shape[2], device=signals.device) < coordinates, side, 1.0)
    first, second = first * sides, second * sides * scale
    velocity, acceleration = (part[..., :coordinates].unflatten(2, (-1, 2)) for part in (first, second))
    speed = velocity.square().sum(3).add(SLOWEST**2).sqrt()
    course = velocity / speed[..., None]
    along = (acceleration * course).sum(3)
    across = acceleration[..., 0] * course[..., 1] - acceleration[..., 1] * course[..., 0]
    return torch.cat((signals, torch.cat((first, second, speed, along, across), 2).asinh()), 2)


def _time_features(stamps: Tensor) -> Tensor:
    """Stamps [B, T] to [B, T, 7]: seconds, share of the whole and its waves, time since the frame before."""
    passed = stamps - stamps[:, :1]
    share = passed / passed[:, -1:].clamp(min=1e-3)
    waves = [wave(torch.pi * factor * share) for factor in (1, 2) for wave in (torch.sin, torch.cos)]
    steps = functional.pad(stamps.diff(dim=1), (1, 0))
    return torch.stack((passed, share, *waves, 10 * steps), 2)


def _chosen(count: int, used: int, generator: torch.Generator | None) -> Tensor:
    if generator is None or count == used:
        return torch.linspace(0, count - 1, used).round().long()
    return torch.randperm(count, generator=generator)[:used].sort().values


def _conv(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.GroupNorm(8, outputs), nn.ReLU())


def _enlarge(maps: Tensor, shape: torch.Size) -> Tensor:
    return functional.interpolate(maps, size=tuple(shape), mode="bilinear", align_corners=False)

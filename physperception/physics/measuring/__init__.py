"""From images of a camera at rest to tracks of what moves in them."""

from physperception.physics.measuring.background import Background, clip_background
from physperception.physics.measuring.clip import Kind, measure_clip
from physperception.physics.measuring.frames import CameraMoves, FrameMasks
from physperception.physics.measuring.motion_level import MotionGate, motion_level
from physperception.physics.measuring.segmenter import MotionSegmenter
from physperception.physics.measuring.stream import StreamMeasurer, StreamUpdate

__all__ = [
    "Background",
    "CameraMoves",
    "FrameMasks",
    "Kind",
    "MotionGate",
    "MotionSegmenter",
    "StreamMeasurer",
    "StreamUpdate",
    "clip_background",
    "measure_clip",
    "motion_level",
]

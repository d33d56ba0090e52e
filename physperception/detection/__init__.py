"""Occlusion-aware instance detection: `create` makes a detector from its configuration."""

from physperception.detection.config import DetectorConfig
from physperception.detection.detector import Detector, create

__all__ = ["Detector", "DetectorConfig", "create"]

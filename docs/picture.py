"""Makes docs/images/overlay.jpg, the README's picture, with the shipped model: `python docs/picture.py`.

Both photographs come with scikit-image and are CC0: a cup of coffee, and a cat with that cup put in front.
The frames were chosen; in others less is found.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from physperception.config import load
from physperception.datasets.photographs import frames
from physperception.detection import DetectorConfig, create
from physperception.vision.drawing import draw_scene

SHOWN = ("coffee-019", "chelsea-019")
PICTURE = Path(__file__).with_name("images") / "overlay.jpg"


def main() -> None:
    detector = create(load(DetectorConfig, "detector", device="cpu"))
    chosen = [frame.image for frame in frames() if frame.name in SHOWN]
    drawn = np.hstack([draw_scene(image, detector.detect(image)) for image in chosen])
    PICTURE.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(PICTURE), cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()

"""The largest image anything here looks at."""

from physperception.errors import InvalidImage

MAX_PIXELS = 100_000_000


def check_size(width: int, height: int) -> None:
    """Raises InvalidImage for an image with no pixels or more than 100 megapixels."""
    if width < 1 or height < 1:
        raise InvalidImage(f"the image has no pixels: {width} x {height}")
    if width * height > MAX_PIXELS:
        raise InvalidImage(f"the image claims {width} x {height} pixels, more than {MAX_PIXELS}")

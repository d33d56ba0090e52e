"""The largest image anything here looks at."""

from physperception.errors import InvalidImage

MAX_PIXELS = 100_000_000


def check_size(width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
    """Raises InvalidImage for an image with no pixels or more than `max_pixels`, by default 100 megapixels."""
    if width < 1 or height < 1:
        raise InvalidImage(f"the image has no pixels: {width} x {height}")
    if width * height > max_pixels:
        raise InvalidImage(f"the image claims {width} x {height} pixels, more than the limit of {max_pixels}")

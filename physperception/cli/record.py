"""`physperception record`: a bag from pictures, a video file or a webcam."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from physperception.datasets.media import MediaFrame, frames_of_pictures, frames_of_video, frames_of_webcam
from physperception.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, help="folder of the new bag")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--images", type=Path, nargs="+", metavar="PATH", help="picture files or folders of them")
    source.add_argument("--video", type=Path, help="a video file")
    source.add_argument("--webcam", type=int, metavar="N", help="camera N of this machine, until Ctrl-C")
    parser.add_argument("--fps", type=float, default=10.0, help="pictures a second, for --images (default 10)")
    parser.add_argument("--topic", default="/image", help="topic (default /image; compressed ones get /compressed)")
    parser.add_argument("--compressed", action="store_true", help="store JPEG instead of raw pixels")
    parser.add_argument("--frame-id", default="camera", help="frame of the images (default camera)")
    parser.add_argument("--fov-deg", type=float, help="horizontal field of view; adds a camera_info")
    parser.add_argument("--storage", choices=("mcap", "sqlite3"), default="mcap")
    parser.add_argument("--compression", choices=("none", "file", "message"), default="none", help="zstd")
    parser.add_argument("--start-time", type=float, help="stamp of the first frame, seconds (default: now)")
    parser.add_argument("--max-frames", type=int, help="stop after this many frames")


def run(args: argparse.Namespace) -> int:
    if not 0.01 <= args.fps <= 1000:
        raise ConfigError(f"--fps must be between 0.01 and 1000, got {args.fps}")
    if args.fov_deg is not None and not 1 <= args.fov_deg <= 179:
        raise ConfigError(f"--fov-deg must be between 1 and 179, got {args.fov_deg}")
    frames = itertools.islice(_frames(args), args.max_frames)
    first = next(frames)
    start_ns = round(args.start_time * 1e9) if args.start_time is not None else time.time_ns()
    count = 0
    from physperception.ros.recording import FrameRecorder

    with FrameRecorder(
        args.out, args.topic, args.frame_id, args.compressed, args.fov_deg, args.storage, args.compression
    ) as recorder:
        try:
            for frame in itertools.chain([first], frames):
                recorder.write(frame.image, start_ns + frame.time_ns)
                count += 1
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
    print(f"{count} frames on {recorder.topic} in {args.out}")
    return 0


def _frames(args: argparse.Namespace) -> Iterator[MediaFrame]:
    if args.images:
        return frames_of_pictures(args.images, args.fps)
    return frames_of_video(args.video) if args.video else frames_of_webcam(args.webcam)

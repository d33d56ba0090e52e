"""`physperception ground`: what a command in words refers to in a picture, without ROS."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from physperception.cli.overlay_files import OverlayFolder, write_png
from physperception.cli.tables import format_table
from physperception.config import load
from physperception.datasets.media import read_picture
from physperception.errors import ConfigError
from physperception.grounding.config import BACKENDS, MASK_KINDS, GroundingConfig
from physperception.scene import Grounding, GroundingStatus, MaskKind, Scene

if TYPE_CHECKING:
    from physperception.grounding import Grounder

FOUND, NOTHING_FOUND = 0, 1
Perceive = Callable[[NDArray[np.uint8]], Scene]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, metavar="IMAGE", help="a picture")
    parser.add_argument("command", metavar="COMMAND", help='words, such as "the red cup, even its hidden part"')
    add_grounder_arguments(parser)
    parser.add_argument(
        "--out", type=Path, metavar="PNG", help="the picture drawn (default out/ground/NAME-overlay.png)"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors and the JSON")


def add_grounder_arguments(parser: argparse.ArgumentParser) -> None:
    """What answers, and in which objects; shared by `ground` and `ask`."""
    parser.add_argument("--kind", choices=MASK_KINDS, help="of mask (default auto: chosen from the words)")
    parser.add_argument("--backend", choices=BACKENDS, help="what answers (default as in config/grounding.yaml)")
    parser.add_argument("--model", metavar="M", help="of vllm its name on the server, of transformers its folder")
    parser.add_argument("--server", metavar="URL", help="of the model, for vllm")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="an option of config/grounding.yaml"
    )


def run(args: argparse.Namespace, perceive: Perceive | None = None, grounder: Grounder | None = None) -> int:
    """Returns 0 when something was found, 1 when not; what can't be done is told by an exception.

    Args:
        args: of `add_arguments`.
        perceive, grounder: what finds the objects and what answers; detector, completer and backend unless given.
    """
    image = read_picture(args.image)
    with ExitStack() as models:
        asker = open_asker(args, image, models, perceive, grounder)
        grounding = asker.ask(args.command)
    path = _write(args, asker.draw(grounding))
    if not args.quiet:
        print(in_words(grounding, asker.scene))
        print(f"picture in {path}")
    if args.json:
        print(json.dumps(as_json(grounding, asker.scene), allow_nan=False))
    return FOUND if grounding.status is GroundingStatus.FOUND else NOTHING_FOUND


class Asker:
    """One picture with its objects, and a grounder to ask about it."""

    def __init__(self, image: NDArray[np.uint8], scene: Scene, grounder: Grounder, kind: MaskKind | None) -> None:
        self.image, self.scene = image, scene
        self._grounder, self._kind = grounder, kind

    def ask(self, command: str, kind: MaskKind | None = None) -> Grounding:
        """What a command refers to. Bytes of a terminal that are no text become question marks."""
        text = command.encode("utf-8", "replace").decode()
        return self._grounder.ground(self.image, self.scene, text, kind or self._kind)

    def draw(self, grounding: Grounding) -> NDArray[np.uint8]:
        """uint8 RGB [H, W, 3]."""
        from physperception.grounding.picture import draw_grounding

        return draw_grounding(self.image, self.scene, grounding)


def open_asker(
    args: argparse.Namespace,
    image: NDArray[np.uint8],
    models: ExitStack,
    perceive: Perceive | None = None,
    grounder: Grounder | None = None,
) -> Asker:
    """Load what the options name, and find the objects of the picture; `models` lets go of it all.

    Raises:
        PhysperceptionError: options that do not fit, or a model that can't be loaded.
    """
    from physperception.cli.evaluate_grounding import perception
    from physperception.grounding import create

    config = load(GroundingConfig, "grounding", **_changes(args))
    if grounder is None:
        grounder = create(config)
        models.callback(grounder.close)
    find = perceive or perception([], models)
    kind = None if args.kind in (None, "auto") else MaskKind(args.kind.upper())
    return Asker(image, find(image), grounder, kind)


def in_words(grounding: Grounding, scene: Scene) -> str:
    """An answer for people: what it is and why, a row for each object, and how long it took."""
    classes = {instance.id: instance.class_id for instance in scene.instances}
    lines = [f"{grounding.status.value}: {grounding.reason}" if grounding.reason else grounding.status.value]
    if grounding.objects:
        rows = [
            (
                found.instance_id or "-",
                classes.get(found.instance_id, "-"),
                f"{found.score:.2f}",
                " ".join(f"{value:.0f}" for value in found.box.xyxy),
            )
            for found in grounding.objects
        ]
        lines.append(format_table(("object", "class", "score", "box (x1 y1 x2 y2)"), rows))
    if grounding.objects or grounding.mask_kind_reason:
        kinds = list(dict.fromkeys(map(grounding.kind_of, grounding.objects))) or [grounding.mask_kind]
        told = " and ".join(kind.value for kind in kinds)
        lines.append(f"mask: {told}; {grounding.mask_kind_reason}".rstrip("; "))
    if grounding.timings_ms:
        took_ms = grounding.timings_ms.get("total", sum(grounding.timings_ms.values()))
        spent = "" if grounding.tokens is None else f" and {grounding.tokens} tokens"
        lines.append(
            f"{took_ms:.0f} ms{spent} with {grounding.model}, among {len(scene.instances)} objects found before"
        )
    return "\n".join(lines)


def as_json(grounding: Grounding, scene: Scene) -> dict[str, Any]:
    """An answer as JSON has it: boxes as [x1, y1, x2, y2], masks run-length coded as COCO's, of the image's size."""
    from physperception.datasets.coco import encode_rle

    classes = {instance.id: instance.class_id for instance in scene.instances}
    return {
        "command": grounding.command,
        "status": grounding.status.value,
        "reason": grounding.reason,
        "mask_kind": grounding.mask_kind.value,
        "mask_kind_reason": grounding.mask_kind_reason,
        "objects": [
            {
                "id": found.instance_id,
                "class_id": classes.get(found.instance_id, ""),
                "mask_kind": grounding.kind_of(found).value,
                "score": found.score,
                "box": [float(value) for value in found.box.xyxy],
                "mask": None if found.mask is None else encode_rle(found.mask.full(scene.width, scene.height)),
            }
            for found in grounding.objects
        ],
        "reasoning": grounding.reasoning,
        "model": grounding.model,
        "tokens": grounding.tokens,
        "timings_ms": {name: round(value, 3) for name, value in grounding.timings_ms.items()},
    }


def _changes(args: argparse.Namespace) -> dict[str, Any]:
    from physperception.cli.detect import parse_settings

    changes = parse_settings(args.set, (GroundingConfig,))[GroundingConfig]
    named = {"backend": args.backend, "model": args.model, "server.url": args.server}
    return changes | {key: value for key, value in named.items() if value is not None}


def _write(args: argparse.Namespace, picture: NDArray[np.uint8]) -> Path:
    if args.out is None:
        return OverlayFolder(Path("out/ground"), [args.image]).write_picture(args.image, picture)
    if args.out.resolve() == args.image.resolve():
        raise ConfigError(f"--out {args.out} is the picture itself")
    write_png(args.out, picture)
    return Path(args.out)

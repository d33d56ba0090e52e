"""What seeing costs: detector and completer on one frame of ten objects, beside the bare networks, in one run.

`python -m benchmarks.perception` prints a table and, as its last line, one JSON object. On one 640x480 frame made of
two pictures of the sample set, in turn, so that a busy machine slows all of them:

* `stack`: `Detector.detect`, then `SceneCompleter.update` for ten of its objects, nothing known from earlier frames;
* `bare`: the forward passes of the three networks alone, on the tensors the stack gives them;
* `library`: torchvision's ssdlite320_mobilenet_v3_large (3.4 M parameters, boxes only), untrained;
* what each further object adds to the completer, from one to twenty.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from physperception.amodal import AmodalConfig, Completer, create
from physperception.amodal.scene import SceneCompleter, SceneCompleterConfig
from physperception.cli.tables import format_table
from physperception.config import load
from physperception.detection import Detector, DetectorConfig
from physperception.detection import create as create_detector
from physperception.scene import Mask, Scene
from physperception.vision.torchvision_ops import import_torchvision

SIZE = (640, 480)
OBJECTS = 10
COUNTS = (1, 2, 5, 10, 20)
SAMPLE = Path(__file__).resolve().parents[1] / "tests" / "data" / "scenes_sample" / "images"
PICTURES = ("000002.jpg", "000005.jpg")


def run(rounds: int) -> dict[str, Any]:
    """Measure, print a table, and return the numbers."""
    frame = crowded_frame()
    detector = create_detector(load(DetectorConfig, "detector"))
    completer = create(load(AmodalConfig, "amodal"))
    scene = detector.detect(frame)
    ten = _with_objects(scene, OBJECTS)
    actions = {
        "stack": lambda: _stack(detector, completer, frame, ten),
        "bare": _bare(detector, completer, frame, ten),
        "detector": lambda: detector.detect(frame),
        "library": _library(frame),
    }
    actions |= {f"completer, {n}": _completing(completer, frame, _with_objects(scene, n)) for n in COUNTS}
    times = _in_turn(actions, rounds)
    p50 = {name: float(np.percentile(values, 50)) for name, values in times.items()}
    p95 = {name: float(np.percentile(values, 95)) for name, values in times.items()}
    slope = np.polyfit(COUNTS, [p50[f"completer, {n}"] for n in COUNTS], 1)[0]
    rows = [(name, p50[name], p95[name], p50[name] / p50["bare"]) for name in actions]
    print(format_table(("640x480", "p50 ms", "p95 ms", "over bare"), rows))
    print(f"stack over bare {p50['stack'] / p50['bare']:.2f}; {1000 / p50['stack']:.1f} frames/s at p50")
    print(f"each further object adds {slope:.1f} ms to the completer")
    return {
        "objects_found": len(scene.instances),
        "rounds": rounds,
        "threads": torch.get_num_threads(),
        "processors": os.cpu_count(),
        "stack_over_bare": round(p50["stack"] / p50["bare"], 3),
        "per_object_ms": round(float(slope), 2),
        "p50_ms": {name: round(value, 2) for name, value in p50.items()},
        "p95_ms": {name: round(value, 2) for name, value in p95.items()},
    }


def crowded_frame() -> NDArray[np.uint8]:
    """Two sample pictures side by side as one frame, uint8 RGB [480, 640, 3]."""
    halves = [cv2.imread(str(SAMPLE / name))[..., ::-1] for name in PICTURES]
    return np.ascontiguousarray(cv2.resize(np.hstack(halves), SIZE, interpolation=cv2.INTER_AREA))


def _with_objects(scene: Scene, count: int) -> Scene:
    """The scene with its first `count` objects; where there are fewer, they are repeated, shifted by a few pixels."""
    instances = []
    for index in range(count):
        source = scene.instances[index % len(scene.instances)]
        shift = 3 * (index // len(scene.instances))
        mask = Mask(source.visible_mask.x + shift, source.visible_mask.y, source.visible_mask.data)
        mask = mask.clip(scene.width, scene.height)
        instances.append(
            replace(source, id=f"{index}", visible_mask=mask, visible_box=mask.extent, occluder_ids=(), occludee_ids=())
        )
    return replace(scene, instances=tuple(instances))


def _stack(detector: Detector, completer: Completer, frame: NDArray[np.uint8], scene: Scene) -> None:
    detector.detect(frame)
    _completing(completer, frame, scene)()


def _completing(completer: Completer, frame: NDArray[np.uint8], scene: Scene) -> Callable[[], Any]:
    config = replace(load(SceneCompleterConfig, "amodal"), max_objects=len(scene.instances))
    return lambda: SceneCompleter(completer, config, 0.55).update(frame, scene)


def _bare(detector: Detector, completer: Completer, frame: NDArray[np.uint8], scene: Scene) -> Callable[[], Any]:
    """The networks alone, on what the stack gave them."""
    network, shapes = detector._network, completer._backend._network  # type: ignore[attr-defined]
    order = completer._order._network
    images, crops, pairs = _seen_by(network.trunk), _seen_by(shapes), _seen_by(order)
    given: dict[str, tuple[Any, ...]] = {}
    locate, layers = network.heads.locate, network.heads.layers
    network.heads.locate = lambda *values: given.update(locate=values) or locate(*values)
    network.heads.layers = lambda *values: given.update(layers=values) or layers(*values)
    _stack(detector, completer, frame, scene)
    network.heads.locate, network.heads.layers = locate, layers

    @torch.inference_mode()
    def forward() -> None:
        _, features = network(images[0])
        network.heads.centers(features)
        locate(features, *given["locate"][1:])
        layers(features, *given["layers"][1:])
        order(pairs[0])
        shapes(crops[0])

    return forward


def _seen_by(module: torch.nn.Module) -> list[torch.Tensor]:
    """Fills with the input of a module's next call."""
    seen: list[torch.Tensor] = []
    handle: list[Any] = []

    def note(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        seen.append(inputs[0])
        handle[0].remove()

    handle.append(module.register_forward_pre_hook(note))
    return seen


def _library(frame: NDArray[np.uint8]) -> Callable[[], Any]:
    import_torchvision()
    from torchvision.models.detection import ssdlite320_mobilenet_v3_large

    model = ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None).eval()
    image = torch.from_numpy(frame).permute(2, 0, 1).float() / 255
    return torch.inference_mode()(lambda: model([image]))


def _in_turn(actions: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each action, one after the other, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds + 1):
        for name, action in actions.items():
            started = time.perf_counter()
            action()
            if number:
                times[name].append((time.perf_counter() - started) * 1e3)
    return times


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    print(json.dumps(run(parser.parse_args().rounds)))

"""Successive scenes completed: what is new or changed first, what is known from earlier frames kept and used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from physperception.amodal.completer import Completer, Completion, joined
from physperception.amodal.graph import OcclusionGraph, hints_from_order, occlusion_graph
from physperception.amodal.hidden import HiddenObjects
from physperception.amodal.memory import ShapeMemory
from physperception.amodal.order import PairwiseOrder
from physperception.config import option
from physperception.errors import InvalidImage
from physperception.scene import Box, Instance, Mask, Scene
from physperception.vision.images import check_image

UNCHANGED = 0.97


@dataclass(frozen=True)
class SceneCompleterConfig:
    """How the work of successive scenes is shared out; defaults are in config/amodal.yaml."""

    max_objects: int = option(
        "Complete at most this many objects in one frame; the others keep their last mask.",
        minimum=1,
        maximum=300,
        live=True,
    )
    max_age_s: float = option(
        "Complete an object again after this time even when it looks the same.",
        unit="s",
        minimum=0.0,
        maximum=60.0,
        live=True,
    )
    memory_s: float = option(
        "How long an earlier, fuller view of an object helps to complete it; 0 for not at all.",
        unit="s",
        minimum=0.0,
        maximum=600.0,
    )
    keep_hidden_s: float = option(
        "How long an object that vanished behind others is still published, with no visible pixel; 0 for not at all.",
        unit="s",
        minimum=0.0,
        maximum=600.0,
    )


@dataclass(frozen=True)
class CompletedScene:
    """A scene with amodal masks, and the graph its occlusions were taken from.

    Attributes:
        scene: every instance that has been completed, now or before, has an amodal box and mask, the mask's age and
            score, and the deviation of its occlusion. Objects that vanished behind others come last, with an empty
            visible mask, under the id they had.
        graph: of the same objects.
        completed: ids that were computed anew.
        recalled: ids whose mask was improved by an earlier view.
    """

    scene: Scene
    graph: OcclusionGraph
    completed: tuple[str, ...]
    recalled: tuple[str, ...]


@dataclass(frozen=True)
class _Known:
    """The last completion of an object."""

    completion: Completion
    visible: Mask
    stamp_ns: int


class SceneCompleter:
    """Completes the objects of scenes that follow each other; ids say which object is which.

    Args:
        completer: does the work of one image.
        config: how it is shared out.
        order_margin: least confidence of an occlusion.
    """

    def __init__(self, completer: Completer, config: SceneCompleterConfig, order_margin: float) -> None:
        self._completer = completer
        self._config = config
        self._order_margin = order_margin
        self._memory = ShapeMemory(config.memory_s)
        self._hidden = HiddenObjects(config.keep_hidden_s)
        self.reset()

    def reset(self) -> None:
        """Forget earlier scenes, as after a jump in time."""
        self._known: dict[str, _Known] = {}
        self._memory.reset()
        self._hidden.reset()

    def reconfigure(self, config: SceneCompleterConfig, order_margin: float) -> None:
        """Take over live options from the next scene on."""
        self._config, self._order_margin = config, order_margin

    def update(
        self, image: NDArray[np.uint8], scene: Scene, depth_m: NDArray[np.float32] | None = None
    ) -> CompletedScene:
        """Complete the next scene.

        Args:
            image: uint8 RGB [H, W, 3] the scene was found in.
            scene: with visible masks.
            depth_m: float32 [H, W], metres along the optical axis, NaN unknown; tells occluders where it can.

        Raises:
            InvalidImage: the image or a mask can't be used, or image, depth and scene are not of one size.
        """
        _check_sizes(image, scene, depth_m)
        instances = [
            instance for instance in scene.instances if instance.visible_mask.clip(scene.width, scene.height).area
        ]
        visible = {instance.id: instance.visible_mask.clip(scene.width, scene.height) for instance in instances}
        chosen = self._choose(visible, scene.stamp_ns)
        masks = list(visible.values())
        order = self._completer.order(image, masks)
        hints = dict(zip(visible, hints_from_order(masks, order, depth_m)))
        fresh = self._completer.complete(image, [visible[name] for name in chosen], [hints[name] for name in chosen])
        recalled = self._memory.follow(image, visible, scene.stamp_ns) if self._config.memory_s else {}
        for name, completion in zip(chosen, fresh):
            if name in recalled:
                completion = _with_memory(completion, visible[name], *recalled[name])
            self._known[name] = _Known(completion, visible[name], scene.stamp_ns)
            if self._config.memory_s:
                self._memory.learn(name, visible[name], completion.amodal, completion.occlusion, scene.stamp_ns)
        self._known = {name: known for name, known in self._known.items() if name in visible}
        vanished = self._hidden.follow(visible, (scene.width, scene.height), scene.stamp_ns)
        graph = self._graph(visible, order, depth_m)
        edges = [edge for item in vanished for edge in item.edges() if edge.front in graph.ids]
        graph = OcclusionGraph((*graph.ids, *(item.instance.id for item in vanished)), (*graph.edges, *edges))
        seen = len(scene.instances)
        scene = self._compose(scene, visible, graph, [item.now(scene.stamp_ns) for item in vanished])
        self._hidden.learn(scene.instances[:seen], vanished, scene.stamp_ns)
        return CompletedScene(scene, graph, tuple(chosen), tuple(name for name in chosen if name in recalled))

    def _choose(self, visible: dict[str, Mask], stamp_ns: int) -> list[str]:
        """New objects first, then those that changed most, then the oldest; those that need nothing are left out."""
        urgency = {}
        for name, mask in visible.items():
            known = self._known.get(name)
            if known is None:
                urgency[name] = (2.0, float(mask.area))
                continue
            change = 1 - known.visible.iou(mask)
            age_s = abs(stamp_ns - known.stamp_ns) / 1e9
            if change > 1 - UNCHANGED:
                urgency[name] = (1.0, change)
            elif age_s >= self._config.max_age_s:
                urgency[name] = (0.0, age_s)
        ranked = sorted(urgency, key=lambda name: urgency[name], reverse=True)
        return ranked[: self._config.max_objects]

    def _graph(
        self, visible: dict[str, Mask], order: PairwiseOrder, depth_m: NDArray[np.float32] | None
    ) -> OcclusionGraph:
        """The occlusions between the objects that have been completed."""
        places = [place for place, name in enumerate(visible) if name in self._known]
        names = [name for name in visible if name in self._known]
        completions = [self._known[name].completion for name in names]
        masks = [visible[name] for name in names]
        return occlusion_graph(names, masks, completions, depth_m, self._order_margin, order.of(places))

    def _compose(
        self, scene: Scene, visible: dict[str, Mask], graph: OcclusionGraph, hidden: Sequence[Instance]
    ) -> Scene:
        fronts, backs = _relations(scene.instances, graph)
        instances = tuple(
            self._instance(instance, visible, fronts[instance.id], backs[instance.id], scene.stamp_ns)
            for instance in scene.instances
        )
        model = f"{scene.model}+{self._completer.model_id}" if scene.model else self._completer.model_id
        return replace(scene, instances=(*instances, *hidden), model=model)

    def _instance(
        self,
        instance: Instance,
        visible: dict[str, Mask],
        fronts: tuple[str, ...],
        backs: tuple[str, ...],
        stamp_ns: int,
    ) -> Instance:
        known = self._known.get(instance.id)
        if known is None:
            return replace(instance, occluder_ids=fronts, occludee_ids=backs)
        amodal = _moved(known, visible[instance.id]).union(instance.visible_mask)
        return replace(
            instance,
            amodal_mask=amodal,
            amodal_box=_hull(amodal.extent, instance.visible_box),
            amodal_score=known.completion.score,
            amodal_age_s=max(stamp_ns - known.stamp_ns, 0) / 1e9,
            occlusion_std=known.completion.occlusion_std,
            occluder_mask=_union([visible[name] for name in fronts if name in visible]),
            occludee_mask=_union([visible[name] for name in backs if name in visible]),
            occluder_ids=fronts,
            occludee_ids=backs,
        )


def _moved(known: _Known, visible: Mask) -> Mask:
    """The last amodal mask where the object is now, by the shift of its visible box."""
    amodal, before, now = known.completion.amodal, known.visible.tight(), visible.tight()
    if known.visible == visible or not before.area or not now.area:
        return amodal
    (x, y), (old_x, old_y) = now.extent.center, before.extent.center
    return Mask(amodal.x + round(x - old_x), amodal.y + round(y - old_y), amodal.data)


Relations = dict[str, tuple[str, ...]]


def _check_sizes(image: NDArray[np.uint8], scene: Scene, depth_m: NDArray[np.float32] | None) -> None:
    height, width = check_image(image)
    if (width, height) != (scene.width, scene.height):
        raise InvalidImage(f"the objects are from a {scene.width} x {scene.height} image but it is {width} x {height}")
    if depth_m is not None and depth_m.shape != (height, width):
        raise InvalidImage(f"depth is {depth_m.shape[1]} x {depth_m.shape[0]} but the image is {width} x {height}")


def _relations(instances: Sequence[Instance], graph: OcclusionGraph) -> tuple[Relations, Relations]:
    """Occluders and occludees by id: the graph's, and the detector's between objects not both in the graph."""
    fronts = {i.id: list(graph.occluders(i.id)) if i.id in graph.ids else [] for i in instances}
    backs = {i.id: list(graph.occludees(i.id)) if i.id in graph.ids else [] for i in instances}
    for instance in instances:
        for front in instance.occluder_ids:
            if front not in graph.ids or instance.id not in graph.ids:
                fronts[instance.id].append(front)
                backs[front].append(instance.id)
    return {name: tuple(ids) for name, ids in fronts.items()}, {name: tuple(ids) for name, ids in backs.items()}


def _with_memory(completion: Completion, visible: Mask, remembered: Mask, trust: float) -> Completion:
    """A completion mixed with the whole mask an earlier view showed."""
    x, y = min(completion.x, remembered.x), min(completion.y, remembered.y)
    height, width = completion.probability.shape
    right = max(completion.x + width, remembered.x + remembered.width)
    bottom = max(completion.y + height, remembered.y + remembered.height)
    probability = np.zeros((bottom - y, right - x), dtype=np.float32)
    probability[completion.y - y : completion.y - y + height, completion.x - x : completion.x - x + width] = (
        completion.probability
    )
    window = remembered.window(x, y, right - x, bottom - y)
    seen = visible.window(x, y, right - x, bottom - y)
    mixed = np.where(seen, np.float32(1), trust * window + (1 - trust) * probability).astype(np.float32)
    amodal = Mask(x, y, joined(mixed >= 0.5, seen)).tight()
    return replace(
        completion, amodal=amodal, x=x, y=y, probability=mixed, occlusion=1 - visible.area / amodal.area, samples=()
    )


def _union(masks: Sequence[Mask]) -> Mask:
    merged = Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
    for mask in masks:
        merged = merged.union(mask) if merged.area else mask
    return merged


def _hull(first: Box, second: Box) -> Box:
    return Box(min(first.x1, second.x1), min(first.y1, second.y1), max(first.x2, second.x2), max(first.y2, second.y2))

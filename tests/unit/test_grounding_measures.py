"""Relations, measures and looks of the embedded grounder on small painted scenes, and the trainers of its networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.utils.data import DataLoader

from physperception.errors import ModelUnavailable
from physperception.grounding.embedded import looks as looks_module
from physperception.grounding.embedded.attributes import attribute_scores
from physperception.grounding.embedded.looks import SIZE, SURFACES, Looks, LooksNetwork, cut, shipped_looks
from physperception.grounding.embedded.measures import SceneMeasures
from physperception.grounding.embedded.query import Attribute, AttributeKind, RelationKind
from physperception.grounding.embedded.relations import between_scores, relation_scores
from physperception.grounding.embedded.support import FEATURES, close_pairs, pair_features
from physperception.scene import Scene
from physperception.training.looks import NO_SURFACE, STORED, Crops, LooksCrops, Trainer, looks_loss
from physperception.training.support import support_network
from tests.unit.grounding_scenes import Figure, paint

LEFT, BALL, RIGHT, BACK, FRONT = range(5)
FIGURES = (
    Figure("left", "cup", "red", (20, 100, 50, 150)),
    Figure("ball", "ball", "yellow", (90, 110, 130, 150), round=True),
    Figure("right", "cup", "blue", (180, 95, 220, 155), stripe="white"),
    Figure("back", "book", "brown", (240, 150, 300, 190)),
    Figure("front", "box", "white", (270, 160, 310, 210)),
)


@pytest.fixture(scope="module")
def measures() -> SceneMeasures:
    image, scene = paint(FIGURES)
    return SceneMeasures(scene, image)


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        (RelationKind.LEFT_OF, LEFT, BALL),
        (RelationKind.RIGHT_OF, RIGHT, BALL),
        (RelationKind.ABOVE, LEFT, FRONT),
        (RelationKind.BELOW, FRONT, RIGHT),
        (RelationKind.HIDES, FRONT, BACK),
        (RelationKind.HIDDEN_BY, BACK, FRONT),
        (RelationKind.IN_FRONT_OF, FRONT, BACK),
        (RelationKind.BEHIND, BACK, FRONT),
        (RelationKind.FAR_FROM, LEFT, FRONT),
        (RelationKind.LARGER_THAN, RIGHT, BALL),
        (RelationKind.SMALLER_THAN, BALL, RIGHT),
        (RelationKind.TALLER_THAN, RIGHT, BACK),
        (RelationKind.SHORTER_THAN, BACK, RIGHT),
        (RelationKind.NEARER_THAN, FRONT, LEFT),
        (RelationKind.FARTHER_THAN, LEFT, FRONT),
        (RelationKind.SAME_KIND_AS, LEFT, RIGHT),
    ],
)
def test_relations_hold_one_way(measures, kind, a, b):
    scores = relation_scores(measures, kind)
    assert scores.shape == (5, 5)
    assert scores[a, b] > 0.6
    assert scores[a, a] == 0
    if kind not in (RelationKind.FAR_FROM, RelationKind.SAME_KIND_AS):
        assert scores[b, a] < 0.4


@pytest.mark.parametrize("kind", [kind for kind in RelationKind if kind is not RelationKind.BETWEEN])
def test_every_relation_is_a_probability_in_any_scene(measures, kind):
    for some in (measures, SceneMeasures(Scene(width=5, height=5), None), SceneMeasures(measures.scene, None)):
        scores = relation_scores(some, kind)
        assert scores.shape == (len(some), len(some))
        assert ((scores >= 0) & (scores <= 1)).all()


def test_between(measures):
    scores = between_scores(measures, LEFT, RIGHT)
    assert scores[BALL] > 0.8
    assert max(scores[BACK], scores[FRONT], scores[LEFT]) < 0.2


@pytest.mark.parametrize(
    ("kind", "value", "fitting"),
    [
        (AttributeKind.COLOR, "red", {LEFT}),
        (AttributeKind.COLOR, "yellow", {BALL}),
        (AttributeKind.COLOR, "brown", {BACK}),
        (AttributeKind.SHAPE, "round", {BALL}),
        (AttributeKind.OCCLUSION, "hidden", {BACK}),
        (AttributeKind.OCCLUSION, "visible", {LEFT, BALL, RIGHT, FRONT}),
        (AttributeKind.LIGHTNESS, "light", {BALL, RIGHT, FRONT}),
    ],
)
def test_attributes(measures, kind, value, fitting):
    everything = np.ones(len(measures))
    scores = attribute_scores(measures, Attribute(kind, value), everything, None)
    assert set(np.flatnonzero(scores > 0.5)) == fitting
    turned = attribute_scores(measures, Attribute(kind, value, negated=True), everything, None)
    assert np.allclose(turned, 1 - scores)


def test_without_an_image_colours_are_unknown(measures):
    blind = SceneMeasures(measures.scene, None)
    scores = attribute_scores(blind, Attribute(AttributeKind.COLOR, "red"), np.ones(5), None)
    assert np.allclose(scores, 0.5)


def test_size_is_relative_to_what_is_meant(measures):
    cups = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
    scores = attribute_scores(measures, Attribute(AttributeKind.SIZE, "big"), cups, None)
    assert scores[RIGHT] > 0.9 > 0.1 > scores[LEFT]


def test_crops_are_square_and_hold_the_masks(measures):
    masks = [instance.visible_mask for instance in measures.scene.instances]
    crop = cut(measures.image, masks, BACK)
    assert crop.shape == (SIZE, SIZE, 5)
    assert (crop[:, :, 3] > 127).mean() > 0.2
    assert (crop[:, :, 4] > 127).any()
    assert not ((crop[:, :, 3] > 200) & (crop[:, :, 4] > 200)).any()


def test_the_shipped_network_tells_stripes_from_plain(measures):
    masks = [instance.visible_mask for instance in measures.scene.instances]
    found = shipped_looks()(measures.image, masks)
    assert found.categories.shape == (5, len(found.names))
    assert np.allclose(found.surfaces.sum(1), 1)
    striped = found.surface("striped")
    assert striped is not None
    assert striped.argmax() == RIGHT
    assert found.surface("zigzag") is None


def test_a_striped_one_is_found_by_looks(measures):
    surfaces = np.full((5, len(SURFACES)), 0.01)
    surfaces[:, SURFACES.index("plain")] = 0.9
    surfaces[LEFT, SURFACES.index("striped")] = 0.9
    known = Looks(("cup", "box"), np.full((5, 2), 1 / 2), surfaces)
    scores = attribute_scores(measures, Attribute(AttributeKind.TEXTURE, "striped"), np.ones(5), known)
    assert set(np.flatnonzero(scores > 0.5)) == {LEFT}


def test_missing_weights_are_told(monkeypatch, tmp_path):
    monkeypatch.setattr(looks_module, "weights_path", lambda name: tmp_path / name)
    with pytest.raises(ModelUnavailable, match=r"looks\.safetensors"):
        looks_module.LooksPredictor()


def test_weights_without_categories_are_told(tmp_path):
    save_file({"stem.weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelUnavailable, match=r"other\.safetensors"):
        looks_module.LooksPredictor(tmp_path / "other.safetensors")


def test_the_looks_trainer_learns():
    random = np.random.default_rng(0)
    pictures = random.integers(0, 60, (24, STORED, STORED, 5)).astype(np.uint8)
    pictures[::2, 30:80, 30:80, 0] = 250
    pictures[:, 30:80, 30:80, 3] = 255
    surfaces = np.array([0, 1] * 11 + [NO_SURFACE] * 2, dtype=np.uint8)
    crops = Crops(pictures, ("box", "cup", *["box", "cup"] * 10, "whale", "cup"), surfaces)
    data = LooksCrops([crops], ("box", "cup"), seed=1)
    assert len(data) == 23
    first, labels = data[0]
    assert first.shape == (5, SIZE, SIZE)
    assert labels.tolist() == [0, 0]
    assert torch.equal(data[3][0], data[3][0])
    trainer = Trainer(2, seed=0, steps=200)
    batch, truth = (torch.stack(part) for part in zip(*(data[row] for row in range(12))))
    losses = [trainer.step(batch, truth) for _ in range(30)]
    assert losses[-1] < 0.8 * losses[0]
    assert isinstance(trainer.network, LooksNetwork)
    found = trainer.validate(DataLoader(LooksCrops([crops], ("box", "cup"), None), 8))
    assert set(found) == {"loss", "category", "surface"}


def test_a_surface_without_a_name_teaches_nothing():
    truth = torch.tensor([[0, NO_SURFACE]] * 4)
    assert float(looks_loss(torch.zeros(4, 25), truth, 17)) == pytest.approx(np.log(17), rel=1e-4)


def test_pairs_that_meet_have_features(measures):
    pairs = close_pairs(np.where(np.eye(5), 0.0, np.array([[9.0] * 5] * 5)))
    assert pairs == []
    features = pair_features(measures, [(FRONT, BACK), (BACK, FRONT)])
    assert features.shape == (2, FEATURES)
    assert (features[0, 0], features[0, 1]) == (1.0, 0.0)
    assert (features[1, 0], features[1, 1]) == (0.0, 1.0)
    assert support_network()(torch.from_numpy(features).float()).shape == (2, 1)

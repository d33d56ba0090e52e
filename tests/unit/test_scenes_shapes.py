"""Procedural meshes are closed and face outwards; objects and textures are usable for any seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physperception.datasets import meshes, textures
from physperception.datasets.domains import DOMAINS, HOUSEHOLD, SHIFTED, USUAL
from physperception.datasets.shapes import CATEGORIES, EVERYDAY, make_shape
from physperception.datasets.unusual_shapes import UNUSUAL

CUP = [(0, -1), (1, -1), (1, 1), (0.8, 1), (0.8, -0.8), (0, -0.8)]
STAR = [((2 - i % 2) * np.cos(i * np.pi / 5), (2 - i % 2) * np.sin(i * np.pi / 5)) for i in range(10)]
CIRCLE = [(2 * np.cos(a), 2 * np.sin(a), 0) for a in np.linspace(0, 2 * np.pi, 25)[:-1]]

SOLIDS = {
    "box": (meshes.box([1, 2, 3]), 8 * 6),
    "ellipsoid": (meshes.ellipsoid([1, 2, 3]), 4 / 3 * np.pi * 6),
    "lathe": (meshes.lathe([(0, -1), (1, -1), (1, 1), (0, 1)]), 2 * np.pi),
    "hollow lathe": (meshes.lathe(CUP), 2 * np.pi - 0.64 * np.pi * 1.8),
    "prism": (meshes.prism(STAR, 0.5), 0.5 * 10 * 0.5 * 2 * np.sin(np.pi / 5)),
    "rod": (meshes.sweep([(0, 0, 0), (1, 0, 0), (3, 0, 0)], 0.5, 16), 3 * np.pi * 0.25),
    "ring": (meshes.sweep(CIRCLE, 0.3, 16, closed=True), 2 * np.pi**2 * 2 * 0.09),
}


def volume(mesh: meshes.Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


@pytest.mark.parametrize("name", SOLIDS)
def test_solids_are_closed_and_face_outwards(name):
    mesh, expected = SOLIDS[name]
    edges = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    forward = {tuple(edge) for edge in edges.tolist()}
    welded = {tuple(np.round(mesh.vertices[list(edge)], 9).ravel() + 0.0) for edge in edges.tolist()}
    assert len(forward) == len(edges)
    assert all((*edge[3:], *edge[:3]) in welded for edge in welded if edge[:3] != edge[3:])
    assert volume(mesh) == pytest.approx(expected, rel=0.06)
    assert mesh.face_uv.shape == mesh.faces.shape
    assert mesh.face_uv.max() < len(mesh.uv)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(CATEGORIES), st.booleans(), st.integers(0, 2**32 - 1))
def test_every_object_is_household_sized_and_collides_where_it_is_seen(category, everyday, seed):
    shape = make_shape(np.random.default_rng(seed), category, everyday)
    vertices = np.concatenate([part.mesh.vertices for part in shape.parts])
    assert shape.category == category
    assert np.isfinite(vertices).all()
    assert 0.02 < np.ptp(vertices, axis=0).max() < 0.6
    assert vertices[:, 2].min() == pytest.approx(-shape.base)
    assert np.linalg.norm(vertices[:, :2], axis=1).max() == pytest.approx(shape.reach)
    assert shape.pieces
    for piece in shape.pieces:
        assert min(piece.size[: 3 if piece.kind in ("box", "ellipsoid") else 2]) > 0
        assert (np.abs(piece.position) <= np.abs(vertices).max(axis=0) + 1e-6).all()
        assert np.linalg.norm(piece.quaternion) == pytest.approx(1)


def test_the_same_generator_state_gives_the_same_object():
    first, second = (make_shape(np.random.default_rng(3), "bag") for _ in range(2))
    assert first.category == second.category
    assert all(np.array_equal(a.mesh.vertices, b.mesh.vertices) for a, b in zip(first.parts, second.parts))


def test_the_shifted_domain_shares_no_shape_with_training():
    assert {*USUAL.shapes, *SHIFTED.shapes, *HOUSEHOLD.shapes} == set(CATEGORIES)
    assert not set(USUAL.shapes) & set(SHIFTED.shapes)
    assert all(DOMAINS[split] is USUAL for split in ("train", "val", "test1"))
    assert DOMAINS["household"].everyday
    assert not any(DOMAINS[split].everyday for split in ("train", "val", "test2"))
    assert all(EVERYDAY[name] is not maker for name, maker in UNUSUAL.items() if name in EVERYDAY)


@pytest.mark.parametrize("domain", [USUAL, SHIFTED])
def test_draws_stay_in_their_ranges(domain):
    rng = np.random.default_rng(0)
    elevations = [domain.elevation_deg(rng) for _ in range(300)]
    views = [domain.field_of_view_deg(rng) for _ in range(300)]
    assert all(any(low <= value <= high for _, (low, high) in domain.elevations_deg) for value in elevations)
    assert all(any(low <= value <= high for _, (low, high) in domain.fov_deg) for value in views)
    assert {domain.shape(rng) for _ in range(2000)} == set(domain.shapes)
    assert {domain.arrangement(rng) for _ in range(500)} == set(domain.arrangements)


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (textures.object_texture, 64),
        (textures.label_texture, 96),
        (textures.ground_texture, 128),
        (textures.clutter_texture, 128),
        (lambda rng, size: textures.unusual_surface(rng, size)[1], 96),
    ],
)
def test_textures_are_images_and_repeat_with_the_seed(make, size):
    pytest.importorskip("skimage", reason="the ground photographs come with scikit-image (extra dev)")
    seen = [make(np.random.default_rng(seed), size) for seed in range(25)]
    again = [make(np.random.default_rng(seed), size) for seed in range(25)]
    assert all(picture.shape == (size, size, 3) and picture.dtype == np.uint8 for picture in seen)
    assert all(np.array_equal(a, b) for a, b in zip(seen, again))
    assert len({picture.tobytes() for picture in seen}) == 25

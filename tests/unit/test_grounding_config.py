"""Which grounder a configuration makes, and what is said where it can't."""

import pytest

from physperception.config import load
from physperception.errors import ConfigError, ModelUnavailable
from physperception.grounding import GroundingConfig, create
from physperception.scene import GroundingStatus, MaskKind, Scene
from tests.unit.chat_server import refused_port, running
from tests.unit.grounding_scenes import Figure, paint

TABLE = (
    Figure("cup-1", "cup", "red", (20, 60, 80, 130)),
    Figure("cup-2", "cup", "blue", (130, 60, 190, 130)),
    Figure("box-1", "box", "green", (160, 90, 240, 170)),
)


def config(**changes):
    return load(GroundingConfig, "grounding", **changes)


def server(url, **changes):
    options = {"backend": "vllm", "model": "Qwen3-VL-8B-Instruct", "timeout_s": 5.0, "server.url": url}
    return config(**(options | changes))


def test_the_default_needs_no_model_and_finds_a_cup():
    image, scene = paint(TABLE)
    grounder = create(config())
    found = grounder.ground(image, scene, "the red cup")
    assert (found.status, [item.instance_id for item in found.objects]) == (GroundingStatus.FOUND, ["cup-1"])
    assert (found.model, grounder.needs_objects) == (grounder.model_id, True)
    grounder.close()


@pytest.mark.parametrize(
    ("usual", "asked", "expected"),
    [
        ("auto", None, MaskKind.VISIBLE),
        ("amodal", None, MaskKind.AMODAL),
        ("visible", None, MaskKind.VISIBLE),
        ("amodal", MaskKind.VISIBLE, MaskKind.VISIBLE),
    ],
)
def test_the_usual_kind_of_mask_yields_to_the_one_asked_for(usual, asked, expected):
    image, scene = paint(TABLE)
    found = create(config(mask_kind=usual)).ground(image, scene, "the blue cup", asked)
    assert found.mask_kind is expected
    whole, seen = scene.instance("cup-2").amodal_mask, scene.instance("cup-2").visible_mask
    assert found.objects[0].mask == (whole if expected is MaskKind.AMODAL else seen)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"backend": "vllm"}, ConfigError, "set model to its name on the server"),
        ({"backend": "transformers"}, ConfigError, "set model to its folder"),
        ({"backend": "transformers", "model": "/nowhere/qwen", "device": "cpu"}, ModelUnavailable, "/nowhere/qwen"),
        ({"backend": "transformers", "model": ".", "device": "abacus"}, ModelUnavailable, "abacus"),
        ({"backend": "vllm", "model": "m", "server.url": "nonsense"}, ConfigError, "nonsense"),
        ({"backend": "vllm", "model": "m", "server.key_variable": "NO_SUCH_KEY"}, ConfigError, "NO_SUCH_KEY"),
    ],
)
def test_what_is_missing_is_told(changes, error, words):
    with pytest.raises(error, match=words):
        create(config(**changes))


def test_an_unknown_backend_is_refused():
    with pytest.raises(ConfigError, match="backend must be one of embedded, vllm, transformers"):
        config(backend="oracle")


def test_a_server_answers_with_the_key_it_asks_for(monkeypatch):
    image, scene = paint(TABLE)
    monkeypatch.setenv("MY_KEY", "open sesame")
    keys = []

    def reply(handler):
        keys.append(handler.headers["Authorization"])
        handler.stream(['[{"bbox_2d": [62, 250, 250, 541]}]'])

    with running() as chat:
        chat.reply = reply
        grounder = create(server(chat.url, **{"server.key_variable": "MY_KEY"}))
        found = grounder.ground(image, scene, "the red cup")
    assert (found.status, found.objects[0].instance_id) == (GroundingStatus.FOUND, "cup-1")
    assert (set(keys), found.model, grounder.needs_objects) == ({"Bearer open sesame"}, "Qwen3-VL-8B-Instruct", False)


def test_a_server_that_is_down_is_a_refusal_and_with_a_fallback_an_answer_that_says_so():
    image, scene = paint(TABLE)
    url = refused_port()
    refused = create(server(url)).ground(image, scene, "the red cup")
    assert (refused.status, "can't be reached" in refused.reason) == (GroundingStatus.REFUSED, True)
    found = create(server(url, fallback="embedded")).ground(image, scene, "the red cup")
    assert (found.status, found.objects[0].instance_id) == (GroundingStatus.FOUND, "cup-1")
    assert "can't be reached" in found.reason
    assert found.model in found.reason
    assert found.model == create(config()).model_id
    assert found.timings_ms["total"] >= found.timings_ms["model_total"]


def test_a_fallback_does_not_choose_where_no_objects_were_looked_for():
    image, scene = paint(TABLE)
    nothing = Scene(width=scene.width, height=scene.height)
    found = create(server(refused_port(), fallback="embedded")).ground(image, nothing, "the red cup")
    assert (found.status, "no objects were looked for" in found.reason) == (GroundingStatus.REFUSED, True)


def test_a_folder_s_family_and_reasoning_can_be_told():
    image, scene = paint(TABLE)
    with running() as chat:
        chat.streams("[0.1, 0.2, 0.3, 0.5]")
        options = {"model": "models/7f3a", "family": "internvl", "reasoning": "no", "budget": "full"}
        found = create(server(chat.url, **options)).ground(image, scene, "the red cup")
    assert found.status is GroundingStatus.FOUND
    assert "<ref>the red cup</ref>" in chat.requests[0]["messages"][0]["content"][1]["text"]


def test_a_fallback_does_not_answer_what_was_cancelled():
    import threading

    image, scene = paint(TABLE)
    cancel = threading.Event()
    cancel.set()
    with running() as chat:
        chat.streams("never", wait_s=30)
        found = create(server(chat.url, fallback="embedded")).ground(image, scene, "the red cup", cancel=cancel)
    assert found.status is GroundingStatus.REFUSED

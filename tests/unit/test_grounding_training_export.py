"""What the training tools are given: conversations, rows, configurations; and where samples and scores come from."""

import importlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from physperception.datasets.coco import SceneDataset, encode_rle
from physperception.datasets.expressions.records import Expression, ExpressionKind, Target, write_expressions
from physperception.errors import ConfigError
from physperception.grounding.vlm.families import INTERNVL, QWEN3_VL
from physperception.scene import Box, MaskKind
from physperception.training.grounding import convert, export, score
from physperception.training.grounding.command import command
from physperception.training.grounding.conversations import question, target_answer, turns
from physperception.training.grounding.convert import from_expressions, from_objects
from physperception.training.grounding.export import selected
from physperception.training.grounding.reward import GroundTruth, compute_score
from physperception.training.grounding.samples import (
    GroundingDataError,
    GroundingSample,
    read_samples,
    write_samples,
)

CONFIGURATIONS = Path(__file__).resolve().parents[2] / "config" / "training"
REASONING = "Of the two cups the wanted one stands on the left."


def sample(name="1", **options):
    known = {"image": "a.png", "width": 200, "height": 100, "text": "the left cup.", "boxes": (Box(50, 40, 90, 100),)}
    return GroundingSample(id=name, **{**known, "reasoning": REASONING, **options})


AMODAL = sample("2", kind=MaskKind.AMODAL, visible_boxes=(Box(50, 40, 90, 80),))


def test_questions_are_the_papers():
    """Figure 7."""
    assert question(sample(), QWEN3_VL) == "Locate the left cup, output its bbox coordinates using JSON format."
    assert question(AMODAL, QWEN3_VL) == (
        "Locate the left cup amodally, output its amodal bbox coordinates using JSON format"
    )
    asked = "bounding box coordinate of the region this sentence describes: <ref>the left cup</ref>"
    assert question(sample(), INTERNVL) == f"Please provide the {asked}"
    assert question(AMODAL, INTERNVL) == f"Please provide the amodal {asked}"


def test_answers_by_hand():
    """Pixels 50, 40, 90, 100 of 200 x 100 are 250, 400, 450, 1000 thousandths."""
    assert target_answer(sample(), QWEN3_VL) == (
        f"<think>\n{REASONING}\n</think>\n\n"
        '```json\n[\n\t{"bbox_2d": [250, 400, 450, 1000], "label": "the left cup"}\n]\n```'
    )
    assert target_answer(sample(), INTERNVL).endswith("<ref>the left cup</ref><box>[[250, 400, 450, 1000]]</box>")
    assert target_answer(sample(boxes=(), reasoning=""), QWEN3_VL) == "[]"


coordinate = st.floats(-50, 700, allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(coordinate, coordinate, coordinate, coordinate), max_size=4),
    st.sampled_from([QWEN3_VL, INTERNVL]),
    st.sampled_from(list(MaskKind)),
    st.text(max_size=30),
)
def test_every_answer_that_is_taught_earns_its_reward(corners, family, kind, text):
    found = [Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)) for x1, y1, x2, y2 in corners]
    boxes = [box for box in found if box.area > 0]
    made = sample(width=640, height=480, boxes=tuple(boxes), kind=kind, text=text)
    try:
        answer = target_answer(made, family)
    except ValueError:
        assert boxes
        return
    scored = compute_score("", answer, GroundTruth.of(made, family).to_json())
    assert scored["readable"] == scored["success"] == 1.0
    assert scored["iou"] > 0.5


def test_answers_survive_a_decoder_that_drops_special_tokens():
    """VeRL decodes with `skip_special_tokens`, and InternVL's tags are such tokens."""
    answer = target_answer(sample(), INTERNVL)
    for tag in ("<ref>", "</ref>", "<box>", "</box>"):
        answer = answer.replace(tag, "")
    assert compute_score("", answer, GroundTruth.of(sample(), INTERNVL).to_json())["success"] == 1.0


def test_a_text_can_not_smuggle_in_an_image():
    with pytest.raises(ValueError, match="image tag"):
        turns(sample(reasoning="See <image>."), QWEN3_VL)
    assert "<image>" not in question(sample(text="the <image> cup"), QWEN3_VL)


@pytest.fixture
def folder(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((100, 200, 3), np.uint8))
    write_samples(tmp_path / "samples.jsonl", [sample(), AMODAL, sample("3", reasoning=""), sample("4", text="")])
    return tmp_path


def exported(folder, form, family, name, *more):
    out = folder / name
    paths = ["--samples", str(folder / "samples.jsonl"), "--images", str(folder), "--out", str(out)]
    export.main([form, "--family", family, *paths, *more])
    return out


def test_conversations_for_qwen(folder, capsys):
    out = exported(folder, "sft", "qwen3-vl", "sft.json")
    records = json.loads(out.read_text())
    assert [set(record) for record in records] == [{"image", "conversations"}] * 2
    assert records[0]["image"] == "a.png"
    human, model = records[0]["conversations"]
    assert human == {"from": "human", "value": f"<image>\n{question(sample(), QWEN3_VL)}"}
    assert model == {"from": "gpt", "value": target_answer(sample(), QWEN3_VL)}
    assert "2 conversations" in (said := capsys.readouterr().out)
    assert "2 samples left out" in said


def test_conversations_for_internvl(folder):
    out = exported(folder, "sft", "internvl", "sft.jsonl")
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(record["id"], record["width"], record["height"]) for record in records] == [(0, 200, 100), (1, 200, 100)]
    meta = json.loads((folder / "sft.jsonl.meta.json").read_text())["egm_grounding"]
    assert (meta["root"], meta["annotation"], meta["length"]) == (str(folder), str(out), 2)


def test_rows_for_reinforcement(folder):
    out = exported(folder, "rl", "qwen3-vl", "rl.jsonl")
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["extra_info"]["id"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["prompt"] == [{"role": "user", "content": f"<image>{question(sample(), QWEN3_VL)}"}]
    assert Path(rows[0]["images"][0]["image"]).is_file()
    truth = rows[1]["reward_model"]["ground_truth"]
    assert compute_score(rows[1]["data_source"], target_answer(AMODAL, QWEN3_VL), truth, rows[1]["extra_info"]) == {
        "score": 1.0, "iou": 1.0, "success": 1.0, "readable": 1.0,
    }  # fmt: skip


def test_rows_of_a_selection(folder):
    (folder / "selected.jsonl").write_text('{"id": "3", "part": "negative"}\n')
    out = exported(folder, "rl", "qwen3-vl", "rl.jsonl", "--select", str(folder / "selected.jsonl"))
    assert [json.loads(line)["extra_info"]["id"] for line in out.read_text().splitlines()] == ["2", "3"]
    with pytest.raises(GroundingDataError, match="1 selected ids have no sample, such as '9'"):
        selected([sample()], ["1", "9"])


def test_rows_as_parquet(folder):
    pyarrow = pytest.importorskip("pyarrow.parquet")
    rows = pyarrow.read_table(exported(folder, "rl", "internvl", "rl.parquet")).to_pylist()
    assert [row["extra_info"]["index"] for row in rows] == [0, 1, 2]
    assert rows[0]["reward_model"]["style"] == "rule"


def test_exports_that_are_refused(folder, monkeypatch):
    with pytest.raises(SystemExit, match=r"must end in \.parquet or \.jsonl"):
        exported(folder, "rl", "qwen3-vl", "rl.csv")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SystemExit, match="parquet needs pyarrow"):
        exported(folder, "rl", "qwen3-vl", "rl.parquet")
    (folder / "a.png").unlink()
    with pytest.raises(SystemExit, match=r"the image a\.png of sample 1 is not in"):
        exported(folder, "rl", "qwen3-vl", "rl.jsonl")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not a JSON object"),
        ('{"id": "x", "image": "a", "width": 1}', "line 2: height must be a whole number"),
        (
            '{"id": "x", "image": "a", "width": 1, "height": 1, "boxes": [[1, 2, 3]]}',
            "line 2: boxes must hold boxes of",
        ),
        ('{"id": "x", "image": "a", "width": 1, "height": 1, "boxes": [[3, 3, 1, 1]]}', "line 2: Box must have"),
        ('{"id": "x", "image": "a", "width": 1, "height": 1, "kind": "MODAL"}', "line 2: kind must be VISIBLE or"),
        ('{"id": "x", "image": "a", "width": 1, "height": 1, "colour": "red"}', "line 2: unknown fields"),
        ('{"id": "1", "image": "a", "width": 1, "height": 1}', "line 2: the id '1' was there before"),
    ],
)
def test_samples_that_are_refused(tmp_path, line, said):
    path = tmp_path / "samples.jsonl"
    path.write_text(json.dumps(sample().record()) + "\n" + line + "\n")
    with pytest.raises(GroundingDataError, match=said):
        read_samples(path)


def test_samples_survive_a_file(tmp_path):
    samples = [sample(text="\ud800 🍎"), AMODAL, sample("3", boxes=(), category="cup", source="s")]
    write_samples(tmp_path / "s.jsonl", samples)
    assert read_samples(tmp_path / "s.jsonl") == samples


def test_samples_of_expressions(tmp_path, capsys):
    seen, whole = Box(10, 10, 30, 20), Box(10, 10, 30, 40)
    common = {"split": "val", "image_id": 1, "file_name": "a.png", "width": 200, "height": 100, "text": "a cup"}

    def expression(name, kind, mask_kind, *targets):
        return Expression(id=name, kind=kind, mask_kind=mask_kind, targets=targets, **common)

    expressions = [
        expression("v", ExpressionKind.VANILLA, MaskKind.VISIBLE, Target(1, seen, whole)),
        expression("a", ExpressionKind.AMODAL, MaskKind.AMODAL, Target(1, seen, whole)),
        expression("n", ExpressionKind.NOT_THERE, MaskKind.VISIBLE),
        expression("u", ExpressionKind.AMODAL, MaskKind.AMODAL, Target(1, seen, None)),
    ]
    made = list(from_expressions(expressions))
    assert [(each.id, each.boxes, each.visible_boxes) for each in made] == [
        ("v", (seen,), ()),
        ("a", (whole,), (seen,)),
        ("n", (), ()),
    ]
    write_expressions(tmp_path / "e.jsonl", expressions)
    convert.main(["expressions", str(tmp_path / "e.jsonl"), "--out", str(tmp_path / "s.jsonl")])
    assert [each.id for each in read_samples(tmp_path / "s.jsonl")] == ["v", "a", "n"]
    assert "1 expressions without boxes left out" in capsys.readouterr().out


def test_samples_of_refcoco(tmp_path):
    refs = [
        {
            "ref_id": 5,
            "ann_id": 9,
            "image_id": 1,
            "split": split,
            "sentences": [{"raw": "left cup"}, {"sent": "white cup"}],
        }
        for split in ("train", "val")
    ]
    instances = {
        "images": [{"id": 1, "file_name": "COCO_1.jpg", "width": 200, "height": 100}],
        "annotations": [{"id": 9, "image_id": 1, "category_id": 3, "bbox": [10, 20, 30, 40], "segmentation": []}],
        "categories": [{"id": 3, "name": "cup"}],
    }
    folder = tmp_path / "refcoco"
    folder.mkdir()
    (folder / "refs(unc).json").write_text(json.dumps(refs))
    (folder / "instances.json").write_text(json.dumps(instances))
    convert.main(["refcoco", str(folder), "--out", str(tmp_path / "s.jsonl")])
    made = read_samples(tmp_path / "s.jsonl")
    assert [(each.text, each.image, each.boxes, each.source) for each in made] == [
        ("left cup", "COCO_1.jpg", (Box(10, 20, 40, 60),), "refcoco"),
        ("white cup", "COCO_1.jpg", (Box(10, 20, 40, 60),), "refcoco"),
    ]
    with pytest.raises(SystemExit, match="no expressions of the split testA"):
        convert.main(["refcoco", str(folder), "--split", "testA", "--out", str(tmp_path / "s.jsonl")])


def test_hidden_objects_become_samples_without_text(tmp_path):
    """Of four cups one is half hidden, one not at all, one all, and of one only a sliver can be seen."""
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((100, 200, 3), np.uint8))
    boxes = [((10, 10, 30, 25), (10, 10, 30, 40)), ((50, 10, 70, 40),) * 2, (None, (90, 10, 110, 40))]
    boxes.append(((130, 10, 150, 14), (130, 10, 150, 40)))

    def mask(box):
        full = np.zeros((100, 200), bool)
        if box:
            full[box[1] : box[3], box[0] : box[2]] = True
        return encode_rle(full)

    annotations = [
        {
            "id": number,
            "image_id": 1,
            "category_id": 7,
            "segmentation": mask(seen),
            "amodal_segmentation": mask(whole),
            "occluder_ids": [],
        }
        for number, (seen, whole) in enumerate(boxes, 1)
    ]
    content = {"images": [{"id": 1, "file_name": "a.png", "width": 200, "height": 100}], "annotations": annotations}
    (tmp_path / "annotations.json").write_text(json.dumps({**content, "categories": [{"id": 7, "name": "cup"}]}))
    (made,) = from_objects(SceneDataset(tmp_path), tmp_path)
    assert (made.id, made.image, made.text, made.category, made.kind) == (
        "scenes-1-1", "a.png", "", "cup", MaskKind.AMODAL,
    )  # fmt: skip
    assert (made.boxes, made.visible_boxes) == ((Box(10, 10, 30, 40),), (Box(10, 10, 30, 25),))


def configuration(name):
    return yaml.safe_load((CONFIGURATIONS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "kl", "entropy", "top_p", "top_k"),
    [("egm_rl_qwen.yaml", 0.005, 0.0, 0.9, 50), ("egm_rl_internvl.yaml", 0.0, 0.01, 0.7, -1)],
)
def test_reinforcement_has_the_values_of_table_5(name, kl, entropy, top_p, top_k):
    config = configuration(name)
    actor, rollout = config["actor_rollout_ref"]["actor"], config["actor_rollout_ref"]["rollout"]
    assert config["trainer"]["total_epochs"] == 5
    assert config["data"]["train_batch_size"] == 256
    assert config["data"]["max_response_length"] == 1024
    assert [actor[key] for key in ("clip_ratio", "clip_ratio_low", "clip_ratio_high")] == [0.2] * 3
    assert (actor["kl_loss_coef"], actor["use_kl_loss"], actor["entropy_coeff"]) == (kl, kl > 0, entropy)
    assert actor["optim"] == {"lr": 3e-6, "lr_warmup_steps": 30, "lr_scheduler_type": "cosine"}
    assert actor["ppo_micro_batch_size_per_gpu"] == rollout["log_prob_micro_batch_size_per_gpu"] == 32
    assert actor["fsdp_config"]["model_dtype"] == "fp32"
    assert (rollout["n"], rollout["temperature"], rollout["top_p"], rollout["top_k"]) == (16, 0.7, top_p, top_k)
    assert (rollout["max_model_len"], rollout["dtype"]) == (32768, "float16")


@pytest.mark.parametrize("name", ["egm_rl_qwen.yaml", "egm_rl_internvl.yaml"])
def test_reinforcement_names_a_reward_that_takes_its_arguments(name):
    wanted = configuration(name)["reward"]["custom_reward_function"]
    function = getattr(importlib.import_module(wanted["path"].removeprefix("pkg://")), wanted["name"])
    family = INTERNVL if "internvl" in name else QWEN3_VL
    truth = GroundTruth.of(sample(), family).to_json()
    answer = target_answer(sample(), family)
    given_by_verl = {
        "data_source": "a",
        "solution_str": answer,
        "ground_truth": truth,
        "extra_info": {"num_turns": None},
    }
    assert function(**given_by_verl, **wanted["reward_kwargs"])["score"] == 1.0
    assert wanted["reward_kwargs"]["alpha"] == 0.5


@pytest.mark.parametrize("name", ["egm_sft_qwen.yaml", "egm_sft_internvl.yaml"])
def test_supervised_fine_tuning_has_the_papers_values(name):
    words = command(CONFIGURATIONS / name)
    flags = dict(zip(words[3::2], words[4::2]))
    assert words[:2] == ["torchrun", "--nproc_per_node=8"]
    assert (flags["--learning_rate"], flags["--num_train_epochs"]) == ("1e-05", "1")
    assert 8 * int(flags["--per_device_train_batch_size"]) * int(flags["--gradient_accumulation_steps"]) == 128
    assert flags["--bf16"] == "True"


def test_commands_that_are_refused(tmp_path):
    path = tmp_path / "c.yaml"
    for content, said in (
        ("a: [", "can't be read"),
        ("script: x", "must have the keys"),
        ("[1]", "must have the keys"),
    ):
        path.write_text(content)
        with pytest.raises(ConfigError, match=said):
            command(path)
    path.write_text("{script: x, processes: many, arguments: {}}")
    with pytest.raises(ConfigError, match="processes must be int"):
        command(path)


class Streaming(BaseHTTPRequestHandler):
    """Answers in two pieces, as the words of the question decide."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(request)
        text = request["messages"][0]["content"][1]["text"]
        answer, finish = next((reply for part, reply in self.server.replies.items() if part in text), ("?", "stop"))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece, end in ((answer[:5], None), (answer[5:], finish)):
            event = {"choices": [{"delta": {"content": piece}, "finish_reason": end}]}
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_):
        pass


def test_scores_of_a_served_model(folder, capsys):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Streaming)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    server.requests = []
    server.replies = {
        "good": ("It is left.</think>\n" + target_answer(sample(reasoning=""), QWEN3_VL), "stop"),
        "half": ('</think>[{"bbox_2d": [250, 400, 450, 700]}]', "stop"),
        "silent": ("I wonder", "stop"),
        "cut": ("I wonder and wonder", "length"),
    }
    write_samples(folder / "samples.jsonl", [sample(name, text=f"{name} cup") for name in server.replies])
    paths = ["--samples", str(folder / "samples.jsonl"), "--images", str(folder), "--out", str(folder / "scores.jsonl")]
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    arguments = [*paths, "--url", url, "--model", "Qwen3-VL-8B-Thinking", "--concurrency", "1"]
    try:
        score.main(arguments)
        score.main(arguments)
    finally:
        server.shutdown()
        server.server_close()
    records = {record["id"]: record for record in map(json.loads, (folder / "scores.jsonl").read_text().splitlines())}
    assert {name: record["iou"] for name, record in records.items()} == pytest.approx(
        {"good": 1.0, "half": 0.5, "silent": 0.0, "cut": 0.0}
    )
    assert [record["readable"] for record in records.values()] == [True, True, False, False]
    assert len(server.requests) == 4
    sent = server.requests[0]
    assert (sent["temperature"], sent["top_p"], sent["top_k"], sent["repetition_penalty"], sent["max_tokens"]) == (
        0.0, 1.0, 20, 1.0, 4096,
    )  # fmt: skip
    assert "accuracy 0.250 of 4 samples, 2 answers unreadable" in capsys.readouterr().out

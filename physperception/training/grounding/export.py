"""Write samples in the forms that training tools read.

    python -m physperception.training.grounding.export sft --samples curated.jsonl --family qwen3-vl --out out/sft.json
    python -m physperception.training.grounding.export rl --samples samples.jsonl --select selected.jsonl \\
        --family qwen3-vl --images IMAGES --out out/rl.parquet

`sft` writes the conversations of the official scripts of Qwen3-VL (JSON) or InternVL (JSONL, and beside it the
description of the data set that `--meta_path` takes). `rl` writes the rows of VeRL as parquet or JSONL, by the name.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from physperception.errors import PhysperceptionError
from physperception.grounding.vlm.families import FAMILIES, INTERNVL, Family
from physperception.scene import MaskKind
from physperception.training.grounding.conversations import reinforcement_row, turns
from physperception.training.grounding.samples import (
    GroundingDataError,
    GroundingSample,
    read_lines,
    read_samples,
    write_lines,
)


def write_sft(path: Path, samples: Iterable[GroundingSample], family: Family, images: str = "") -> tuple[int, int]:
    """Conversations for supervised fine-tuning, of samples that have text and reasoning.

    Args:
        path: of the file; InternVL's also gets `PATH.meta.json`.
        images: folder of the images, as the description for InternVL names it.

    Returns:
        How many were written, and how many left out.
    """
    records: list[dict[str, Any]] = []
    left_out = 0
    for sample in samples:
        try:
            if not (sample.text and sample.reasoning):
                raise ValueError(f"sample {sample.id} has no text or no reasoning")
            record: dict[str, Any] = {"image": sample.image, "conversations": turns(sample, family)}
        except ValueError:
            left_out += 1
            continue
        if family is INTERNVL:
            record = {"id": len(records), "width": sample.width, "height": sample.height, **record}
        records.append(record)
    if family is INTERNVL:
        write_lines(path, records)
        about = {"root": images, "annotation": str(path), "data_augment": False, "max_dynamic_patch": 12}
        about |= {"repeat_time": 1, "length": len(records)}
        meta = path.with_name(path.name + ".meta.json")
        meta.write_text(json.dumps({"egm_grounding": about}, indent=1), encoding="utf-8")
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(records, indent=1), encoding="utf-8")
    return len(records), left_out


def write_rl(path: Path, samples: Sequence[GroundingSample], family: Family, images: Path) -> int:
    """Rows for reinforcement learning, of samples that have text; parquet or JSONL by the ending of the path.

    Raises:
        GroundingDataError: another ending, parquet without pyarrow, or an image that is not in the folder.
    """
    for sample in samples:
        if not (images / sample.image).is_file():
            raise GroundingDataError(f"the image {sample.image} of sample {sample.id} is not in {images}")
    usable = [sample for sample in samples if sample.text]
    rows = [
        reinforcement_row(sample, family, str((images / sample.image).resolve()), index)
        for index, sample in enumerate(usable)
    ]
    if path.suffix == ".jsonl":
        return write_lines(path, rows)
    if path.suffix != ".parquet":
        raise GroundingDataError(f"{path} must end in .parquet or .jsonl")
    _write_parquet(path, rows)
    return len(rows)


def selected(samples: Iterable[GroundingSample], chosen: Iterable[str]) -> list[GroundingSample]:
    """The vanilla samples of these ids and all amodal ones, of which the paper uses every one (section 4.2).

    Raises:
        GroundingDataError: an id that no sample has.
    """
    ids = set(chosen)
    kept = [sample for sample in samples if sample.id in ids or sample.kind is MaskKind.AMODAL]
    strange = sorted(ids - {sample.id for sample in kept})
    if strange:
        raise GroundingDataError(f"{len(strange)} selected ids have no sample, such as {strange[0]!r}")
    return kept


def _write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise GroundingDataError(
            "parquet needs pyarrow; install it with `pip install pyarrow`, or name an output that ends in .jsonl"
        ) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    family = FAMILIES[options.family]
    try:
        samples = [sample for path in options.samples for sample in read_samples(path)]
        if options.form == "sft":
            written, left_out = write_sft(options.out, samples, family, options.images)
            print(f"{written} conversations in {options.out}; {left_out} samples left out")
            return
        if options.select:
            samples = selected(samples, (_id_of(options.select, *line) for line in read_lines(options.select)))
        written = write_rl(options.out, samples, family, Path(options.images))
        print(f"{written} rows in {options.out}; {len(samples) - written} samples without text left out")
    except (PhysperceptionError, OSError) as error:
        raise SystemExit(f"export: {error}") from error


def _id_of(path: Path, number: int, record: dict[str, Any]) -> str:
    if not isinstance(record.get("id"), str):
        raise GroundingDataError(f"{path}, line {number}: needs an id, a text")
    return str(record["id"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Write grounding samples for training tools.")
    forms = parser.add_subparsers(dest="form", required=True)
    for name, help in (("sft", "conversations for supervised fine-tuning"), ("rl", "rows for VeRL")):
        form = forms.add_parser(name, help=help)
        form.add_argument("--samples", type=Path, nargs="+", required=True, help="samples or curated records, JSONL")
        form.add_argument("--family", choices=tuple(FAMILIES), required=True, help="of the model to train")
        form.add_argument("--images", default="", required=name == "rl", help="folder of the images")
        form.add_argument("--out", type=Path, required=True)
        if name == "rl":
            form.add_argument("--select", type=Path, help="what the module learnability wrote; amodal samples all stay")
    return parser


if __name__ == "__main__":
    main()

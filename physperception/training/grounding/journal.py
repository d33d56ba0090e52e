"""A file of finished items that survives a kill at any moment: none is lost, none is done twice."""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from physperception.training.grounding.samples import GroundingDataError

INDEX_EVERY = 16


class Journal:
    """Records with an `id`, one JSON line each, synced to disk as they come; used in `with`.

    Beside it lies `PATH.index.json`, replaced as a whole: the settings of the run, and counts. The lines are the truth
    and the index a summary of them. A line that a kill cut short is taken off when the file is opened again.

    Attributes:
        done: ids of the records there are.
        counts: of what `tally` names, over all records.

    Args:
        path: of the JSONL file; made where there is none.
        settings: what a run to be continued must have in common with the first, as JSON has it.
        tally: names under which a record is counted.

    Raises:
        GroundingDataError: another run has the file open, was made with other settings, or is damaged.
    """

    def __init__(
        self, path: Path, settings: Mapping[str, Any], tally: Callable[[Mapping[str, Any]], Iterable[str]]
    ) -> None:
        self.path = path
        self.index_path = path.with_name(path.name + ".index.json")
        self.done: set[str] = set()
        self.counts: Counter[str] = Counter()
        self._settings = json.loads(json.dumps(settings))
        self._tally = tally
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b")
        except OSError as error:
            raise GroundingDataError(f"{path} can't be opened: {error}") from error
        try:
            self._take_lock()
            self._check_settings()
            self._recover()
            self._write_index()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write_index()
        self._file.close()

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record; when this returns, it is on the disk.

        Raises:
            ValueError: its id is there already.
        """
        name = record["id"]
        if name in self.done:
            raise ValueError(f"{self.path} has a record of {name!r} already")
        self._file.write(json.dumps(record).encode("ascii") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._count(record)
        if len(self.done) % INDEX_EVERY == 0:
            self._write_index()

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise GroundingDataError(f"another run is writing {self.path}") from error

    def _check_settings(self) -> None:
        if not self.index_path.exists():
            if self.path.stat().st_size:
                raise GroundingDataError(f"{self.path} is there but has no index beside it; name another file")
            return
        try:
            before = json.loads(self.index_path.read_text(encoding="utf-8"))["settings"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GroundingDataError(f"{self.index_path} can't be read; name another file") from error
        for name in sorted(before.keys() | self._settings.keys()):
            if before.get(name) != self._settings.get(name):
                raise GroundingDataError(
                    f"{self.path} was begun with {name} {before.get(name)!r}, not {self._settings.get(name)!r}; "
                    "name another file"
                )

    def _recover(self) -> None:
        self._file.seek(0)
        whole = 0
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n"):
                break
            try:
                record = json.loads(line)
                known = record["id"] in self.done
            except (ValueError, KeyError, TypeError) as error:
                raise GroundingDataError(f"{self.path}, line {number}: not a record; name another file") from error
            if known:
                raise GroundingDataError(f"{self.path}, line {number}: the id {record['id']!r} was there before")
            self._count(record)
            whole += len(line)
        self._file.truncate(whole)
        self._file.seek(0, os.SEEK_END)

    def _count(self, record: Mapping[str, Any]) -> None:
        self.done.add(record["id"])
        self.counts.update(self._tally(record))

    def _write_index(self) -> None:
        index = {"settings": self._settings, "items": len(self.done), "counts": dict(sorted(self.counts.items()))}
        unfinished = self.index_path.with_name(self.index_path.name + ".part")
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(index, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.index_path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

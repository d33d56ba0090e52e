"""rosbag2 in and out through the rosbags library: MCAP and sqlite3, compressed or not, no ROS installation needed.

Messages pass as they are on the wire (CDR bytes), so any type goes through, known here or not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from rosbags.interfaces import Connection
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Reader, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from physperception.errors import BagError

STORAGES = {"mcap": StoragePlugin.MCAP, "sqlite3": StoragePlugin.SQLITE3}
COMPRESSIONS = {"none": CompressionMode.NONE, "file": CompressionMode.FILE, "message": CompressionMode.MESSAGE}
OWN_PACKAGE = "physperception_msgs"


@dataclass(frozen=True)
class BagTopic:
    """One topic of a bag; `latched` when it was recorded from a transient-local publisher."""

    name: str
    type: str
    count: int
    latched: bool


@dataclass(frozen=True)
class BagMessage:
    """One message: topic, type, when it was recorded (nanoseconds), and its CDR bytes."""

    topic: str
    type: str
    time_ns: int
    data: bytes


class BagReader:
    """A bag folder, or a bare .mcap or .db3 file, open for reading. Use as a context manager.

    Raises:
        BagError: missing, broken, truncated or empty; the message says which.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise BagError(f"{path} does not exist")
        if path.is_dir() and not (path / "metadata.yaml").exists():
            raise BagError(f"{path} is no bag: it has no metadata.yaml")
        try:
            self._reader = Reader(path)
            self._reader.open()
            self.topics = [_topic(connection) for connection in self._reader.connections]
            self.start_ns, self.end_ns = self._reader.start_time, self._reader.end_time
            self.message_count = self._reader.message_count
        except Exception as error:  # whatever a broken file makes a parser do
            raise BagError(f"{path} cannot be read as a bag: {_words(error)}") from error
        if not self.message_count:
            self.close()
            raise BagError(f"{path} holds no messages")

    def messages(self, topics: set[str], start_s: float = 0.0, duration_s: float | None = None) -> Iterator[BagMessage]:
        """Messages of these topics in order of recording, from `start_s` seconds into the bag."""
        chosen = [connection for connection in self._reader.connections if connection.topic in topics]
        start_ns = self.start_ns + round(start_s * 1e9)
        stop_ns = None if duration_s is None else start_ns + round(duration_s * 1e9)
        try:
            for connection, time_ns, data in self._reader.messages(chosen, start_ns, stop_ns):
                yield BagMessage(connection.topic, connection.msgtype, time_ns, bytes(data))
        except GeneratorExit:
            raise
        except Exception as error:  # as above
            raise BagError(f"{self.path} is broken: {_words(error)}") from error

    def close(self) -> None:
        self._reader.close()

    def __enter__(self) -> BagReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class BagWriter:
    """A new bag folder. Use as a context manager.

    Args:
        path: must not exist yet.
        storage: mcap or sqlite3.
        compression: none, file or message (zstd).

    Raises:
        BagError: the path exists or cannot be written.
    """

    def __init__(self, path: Path, storage: str = "mcap", compression: str = "none") -> None:
        if path.exists():
            raise BagError(f"{path} exists already; choose another name or remove it")
        self.path = path
        self.counts: dict[str, int] = {}
        self._types = _typestore()
        self._connections: dict[str, Connection] = {}
        self._writer = Writer(path, version=9, storage_plugin=STORAGES[storage])
        self._writer.set_compression(COMPRESSIONS[compression], CompressionFormat.ZSTD)
        try:
            self._writer.open()
        except OSError as error:
            raise BagError(f"{path} cannot be written: {error}") from error

    def add_topic(self, name: str, type_name: str) -> None:
        """Declare a topic, also one that will get no message. Raises BagError for a type that is not known."""
        if name in self._connections:
            return
        if type_name not in self._types.types:
            raise BagError(f"cannot record {name}: the message type {type_name} is not known")
        self._connections[name] = self._writer.add_connection(name, type_name, typestore=self._types)
        self.counts[name] = 0

    def write(self, topic: str, time_ns: int, data: bytes) -> None:
        """Append the CDR bytes of a message."""
        self._writer.write(self._connections[topic], time_ns, data)
        self.counts[topic] += 1

    def close(self) -> None:
        self._writer.close()

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _topic(connection: Connection) -> BagTopic:
    profiles: Any = getattr(connection.ext, "offered_qos_profiles", ())
    latched = any(getattr(profile.durability, "name", "") == "TRANSIENT_LOCAL" for profile in profiles)
    return BagTopic(connection.topic, connection.msgtype, connection.msgcount, latched)


def _typestore() -> Typestore:
    """Standard types and this project's, read from where its interfaces are installed."""
    store = get_typestore(Stores.ROS2_KILTED)
    prefixes = [*os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep), sys.prefix]
    for prefix in filter(None, prefixes):
        folder = Path(prefix) / "share" / OWN_PACKAGE / "msg"
        if folder.is_dir():
            types: dict[str, Any] = {}
            for path in sorted(folder.glob("*.msg")):
                types |= get_types_from_msg(path.read_text(encoding="utf-8"), f"{OWN_PACKAGE}/msg/{path.stem}")
            store.register(types)
            return store
    raise BagError(f"the interfaces of {OWN_PACKAGE} are not installed; run `make env` or source the workspace")


def _words(error: Exception) -> str:
    first = (str(error) or type(error).__name__).splitlines()[0]
    return first[:200]

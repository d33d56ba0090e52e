"""Latest wins: one slot, one thread that owns the model. A busy worker drops frames and never falls behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class LatestSlot(Generic[Item]):
    """Holds at most one item. Putting a second one takes the place of the first."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: Item | None = None
        self._closed = False

    def put(self, item: Item) -> Item | None:
        """Store `item`; returns the older one it displaced, or `item` itself when the slot is closed."""
        with self._condition:
            if self._closed:
                return item
            displaced, self._item = self._item, item
            self._condition.notify()
            return displaced

    def take(self) -> Item | None:
        """Wait for an item and remove it; None once the slot is closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._item is not None or self._closed)
            item, self._item = self._item, None
            return None if self._closed else item

    def close(self) -> Item | None:
        """Wake a waiting `take` with None, refuse further items; returns the item still waiting, if any."""
        with self._condition:
            self._closed = True
            item, self._item = self._item, None
            self._condition.notify_all()
            return item


class Worker(Generic[Item]):
    """A thread that handles the newest submitted item, one at a time.

    Args:
        name: of the thread, for debuggers.
        handle: called in the thread with each item taken. It must deal with its own errors: one that escapes
            is passed to `failed`, and the thread goes on.
        failed: called in the thread with the item and the exception that escaped `handle`.
    """

    def __init__(self, name: str, handle: Callable[[Item], None], failed: Callable[[Item, Exception], None]) -> None:
        self._handle = handle
        self._failed = failed
        self._slot: LatestSlot[Item] = LatestSlot()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, item: Item) -> Item | None:
        """Hand over `item`; returns an item that will never be handled because of it, or None."""
        return self._slot.put(item)

    def stop(self, timeout_s: float) -> tuple[Item | None, bool]:
        """Finish the item in hand, then end.

        Returns:
            The item that was still waiting, if any, and whether the thread ended in time.
        """
        waiting = self._slot.close()
        self._thread.join(timeout_s)
        return waiting, not self._thread.is_alive()

    def _run(self) -> None:
        while (item := self._slot.take()) is not None:
            try:
                self._handle(item)
            except Exception as error:  # the boundary of the thread: reported, never lost
                self._failed(item, error)

"""Ask a chat server about many items, several at a time, and stop clearly when it is down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from physperception.chat import ChatCancelled, ChatClient, ChatCut, ChatError
from physperception.errors import PhysperceptionError

REFUSED = (401, 403, 404)
"""HTTP statuses that mean the same for every item: no right to ask, or no such address or model."""
MAY_PASS = (0, 408, 429)
"""So may those from 500 on; 0 is no answer at all."""


class Named(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=Named)


@dataclass
class Outcome:
    """How a run ended.

    Attributes:
        finished: items that have a record now.
        failed: why others have none, by id; they are tried again by the next run.
        stopped: why the run ended before its last item; "" where it did not.
    """

    finished: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    stopped: str = ""


def run(
    items: Iterable[Item],
    work: Callable[[Item, threading.Event], Mapping[str, Any]],
    keep: Callable[[Mapping[str, Any]], None],
    *,
    workers: int = 4,
    give_up_after: int = 5,
) -> Outcome:
    """Do `work` on items in `workers` threads and hand each record to `keep`, in the calling thread as they come.

    Args:
        work: makes an item's record; its event is set when the run stops. A `PhysperceptionError` fails that item.
        keep: stores a record.
        give_up_after: items failed in a row after which the run stops.

    A keyboard interrupt cancels the requests under way and goes on to the caller.
    """
    cancel = threading.Event()
    outcome = Outcome()
    waiting = iter(items)
    under_way: dict[Future[Mapping[str, Any]], str] = {}
    in_a_row = 0
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                while len(under_way) < workers and not outcome.stopped and (item := next(waiting, None)) is not None:
                    under_way[pool.submit(work, item, cancel)] = item.id
                if not under_way:
                    return outcome
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    name = under_way.pop(future)
                    try:
                        record = future.result()
                    except ChatCancelled:
                        continue
                    except PhysperceptionError as error:
                        outcome.failed[name] = str(error)
                        in_a_row += 1
                        if in_a_row >= give_up_after or getattr(error, "status", 0) in REFUSED:
                            outcome.stopped = outcome.stopped or str(error)
                            cancel.set()
                        continue
                    keep(record)
                    outcome.finished += 1
                    in_a_row = 0
        except BaseException:
            cancel.set()
            raise


def ask(
    client: ChatClient,
    messages: Sequence[Mapping[str, Any]],
    cancel: threading.Event,
    *,
    retries: int = 2,
    wait_s: float = 1.0,
) -> str:
    """The client's answer, asked for again after `wait_s`, twice that, and so on where the failure may pass.

    Raises:
        ChatError: it did not pass in `retries` further attempts, or is one that does not.
        ChatCancelled: `cancel` was set.
    """
    for attempt in range(retries):
        try:
            return client.complete(messages, cancel=cancel)
        except (ChatCancelled, ChatCut):
            raise
        except ChatError as error:
            if error.status not in MAY_PASS and error.status < 500:
                raise
            if cancel.wait(wait_s * 2**attempt):
                raise ChatCancelled("the run was stopped") from error
    return client.complete(messages, cancel=cancel)

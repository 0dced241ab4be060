"""An asynchronous stream, heard by a thread that can stop at any moment, also while it waits for the first word."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import closing, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from app.domain.errors import Cancelled
from app.jobs.cancel import CancelToken

_GLANCE = 0.02  # seconds between looks at the cancel token
_GONE = 0.1  # seconds that the listener waits for a connection to close; it goes on to do so by itself

T = TypeVar("T")


def heard(stream: Callable[[], AsyncIterator[T]], *stops: CancelToken) -> Generator[T, None, None]:
    """Run a stream in an event loop on a thread of its own, and yield what it yields.

    Args:
        stream: begins it.
        stops: any of them ends it within `_GLANCE`, and with it its connection. Closing the iterator does so too.

    Raises:
        Cancelled: stop was asked for.
        Exception: what the stream raises.
    """
    if any(stop.cancelled for stop in stops):
        raise Cancelled
    items: SimpleQueue[T | _End] = SimpleQueue()
    loop = asyncio.new_event_loop()
    task = loop.create_task(_pass_on(stream, items))
    thread = Thread(target=_run, args=(loop, task), name="stream", daemon=True)
    thread.start()
    try:
        while True:
            if any(stop.cancelled for stop in stops):
                raise Cancelled
            try:
                item = items.get(timeout=_GLANCE)
            except Empty:
                continue
            if not isinstance(item, _End):
                yield item
                continue
            if item.error is not None:
                raise item.error
            return
    finally:
        # It may have ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(task.cancel)
        thread.join(_GONE)


class _End:
    """Nothing more comes, for this reason."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error


async def _pass_on(stream: Callable[[], AsyncIterator[T]], items: "SimpleQueue[T | _End]") -> None:
    error: Exception | None = None
    try:
        async for item in stream():
            items.put(item)
    except Exception as fault:  # noqa: BLE001 - raised again by the thread that listens
        error = fault
    items.put(_End(error))


def _run(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    with closing(loop):
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(loop.shutdown_asyncgens())

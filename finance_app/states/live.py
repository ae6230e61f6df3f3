"""Live updates: after a commit the topic is published, and every open page that shows it loads anew.

    class InvoiceList(ListState, Watcher, Session):
        _topics: ClassVar = ("invoices",)

Register the page with `on_load=[InvoiceList.load, InvoiceList.watch]`. With several workers the topics travel
through Redis. Nothing is replayed: a page that comes back loads anyway.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable
from typing import ClassVar

import redis.asyncio
import reflex as rx

from finance_app.settings import settings
from finance_app.states.handlers import handler

logger = logging.getLogger(__name__)

CHANNEL = "marge:live"
CALM_SECONDS = 0.2

_waiting: dict[asyncio.Queue, frozenset[str]] = {}
_loop: asyncio.AbstractEventLoop | None = None


def _fan(topic: str) -> None:
    for queue, topics in list(_waiting.items()):
        if topic in topics and not queue.full():
            queue.put_nowait(topic)


async def publish(topic: str) -> None:
    """Tell every open page of every worker; call it after the commit."""
    url = settings().redis_url
    if not url:
        _fan(topic)
        return
    try:
        async with redis.asyncio.from_url(url) as client:
            await client.publish(CHANNEL, topic)
    except redis.exceptions.RedisError:
        logger.exception("The live update %s could not be sent to the other workers", topic)
        _fan(topic)


def publish_from_thread(topic: str) -> None:
    """`publish` for code outside the event loop, as in a route or a job of this process."""
    if _loop and _loop.is_running():
        asyncio.run_coroutine_threadsafe(publish(topic), _loop)


async def updates(topics: Iterable[str]) -> AsyncIterator[str]:
    """The topics as they are published. What comes in a burst is told once."""
    queue: asyncio.Queue[str] = asyncio.Queue(1)
    _waiting[queue] = frozenset(topics)
    try:
        while True:
            topic = await queue.get()
            await asyncio.sleep(CALM_SECONDS)
            with contextlib.suppress(asyncio.QueueEmpty):
                queue.get_nowait()
            yield topic
    finally:
        _waiting.pop(queue, None)


async def listen() -> None:
    """Lifespan task of each worker: carry topics from Redis to the pages of this worker."""
    global _loop
    _loop = asyncio.get_running_loop()
    url = settings().redis_url
    if not url:
        return
    while True:
        try:
            async with redis.asyncio.from_url(url) as client, client.pubsub() as channel:
                await channel.subscribe(CHANNEL)
                async for message in channel.listen():
                    if message["type"] == "message":
                        _fan(message["data"].decode())
        except redis.exceptions.RedisError:
            logger.exception("Live updates from other workers are interrupted")
            await asyncio.sleep(1)


class Watcher(rx.State, mixin=True):
    """A page that loads anew when one of its topics is published."""

    _topics: ClassVar[tuple[str, ...]] = ()

    @handler(background=True)
    async def watch(self):
        async for _topic in updates(self.__class__._topics):
            yield self.__class__.load

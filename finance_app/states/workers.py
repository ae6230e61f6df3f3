"""Several workers: a browser whose worker died keeps its state when another worker takes it over.

Reflex 0.10.1 takes such a browser for a second tab, because the record of the dead worker is still in
Redis, and gives it an empty state. So each worker holds a subscription, which dies with it, and a record
whose owner has none is dropped. This changes internals of Reflex: look at it anew with each version.
"""

import contextlib
import pickle

import reflex as rx
from reflex.utils.token_manager import RedisTokenManager

_link = RedisTokenManager.link_token_to_sid


def _alive(instance_id: str) -> str:
    return f"marge:alive:{instance_id}"


async def _link_after_the_dead(self: RedisTokenManager, token: str, sid: str):
    raw = await self.redis.get(self._get_redis_key(token))
    if raw and token not in self.token_to_socket:
        owner = pickle.loads(raw).instance_id  # noqa: S301 - written by Reflex itself, in our own Redis
        if not (await self.redis.pubsub_numsub(_alive(owner)))[0][1]:
            await self.redis.delete(self._get_redis_key(token))
    return await _link(self, token, sid)


def take_over_from_the_dead() -> None:
    """Call once, before the app serves."""
    RedisTokenManager.link_token_to_sid = _link_after_the_dead  # type: ignore[method-assign]


def keep_alive_of(app: rx.App):
    """The lifespan task of a worker: the subscription by which the others know that it lives."""

    async def keep_alive() -> None:
        manager = app.event_namespace._token_manager if app.event_namespace else None
        if not isinstance(manager, RedisTokenManager):
            return
        async with contextlib.AsyncExitStack() as stack:
            channel = await stack.enter_async_context(manager.redis.pubsub())
            await channel.subscribe(_alive(manager.instance_id))
            async for _message in channel.listen():
                pass

    return keep_alive

"""Groups (推送分组): subscriptions that must see the same are executed and written once; each socket gets the bytes.

Equal are: the document, its operation and variables but for the cursor, the language, and the caller's permissions and
scope. A member says what it has seen; a message it has seen already is not for it. Who is behind its group catches up
by itself and joins when it has seen as much, so that nothing is left out and nothing comes twice.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial

Told = tuple[int, str]


@dataclass(eq=False)
class Member:
    """One subscription of one socket: what it has seen, how it is told, and what is to be done when its group ends.

    It is no task: of thousands of sockets most have nothing to do most of the time.
    """

    seen: int
    tell: Callable[[str], None]
    end: Callable[[Exception | None], None]

    def offer(self, cursor: int, text: str) -> None:
        if cursor > self.seen:
            self.seen = cursor
            self.tell(text)


@dataclass(eq=False)
class Group:
    """Equal subscriptions, and how far all of them were told."""

    position: int
    members: set[Member] = field(default_factory=set)
    task: asyncio.Task[None] | None = None


class Groups:
    """The groups of one process."""

    def __init__(self) -> None:
        self._groups: dict[Hashable, Group] = {}

    def __len__(self) -> int:
        return len(self._groups)

    @property
    def sizes(self) -> Mapping[Hashable, int]:
        return {key: len(group.members) for key, group in self._groups.items()}

    def may_join(self, key: Hashable, seen: int) -> bool:
        """Whether somebody who has seen so much would miss nothing."""
        group = self._groups.get(key)
        return group is None or seen >= group.position

    def members(self) -> list[set[Member]]:
        return [group.members for group in self._groups.values()]

    def join(self, key: Hashable, member: Member, begin: Callable[[int], AsyncIterator[Told]]) -> Callable[[], None]:
        """Become a member; the first one begins the group. Gives how to leave it; the last one ends it."""
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(member.seen)
            group.task = asyncio.create_task(self._run(key, group, begin(group.position)))
        group.members.add(member)
        return partial(self._leave, key, group, member)

    def _leave(self, key: Hashable, group: Group, member: Member) -> None:
        group.members.discard(member)
        if not group.members and group.task is not None:
            self._forget(key, group)
            group.task.cancel()

    def _forget(self, key: Hashable, group: Group) -> None:
        if self._groups.get(key) is group:
            del self._groups[key]

    async def _run(self, key: Hashable, group: Group, stream: AsyncIterator[Told]) -> None:
        """Tell each message to all members; when the stream ends, so does the group."""
        problem: Exception | None = None
        try:
            async for cursor, text in stream:
                group.position = cursor
                for member in tuple(group.members):
                    member.offer(cursor, text)
                await asyncio.sleep(0)  # Let what was queued go out before the next one comes.
        except Exception as broken:  # noqa: BLE001 — Each member answers for it to its client.
            problem = broken
        finally:
            self._forget(key, group)
            for member in tuple(group.members):
                member.end(problem)

    async def close(self) -> None:
        tasks = [each.task for each in self._groups.values() if each.task is not None]
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""A shop with its chart of accounts laid."""

from uuid import UUID

import pytest

from domain import channels, finance
from domain.kernel import Sessions, Work, begin, system
from tests.domain.finance.builders import NOW, a_channel


@pytest.fixture
async def laid(work: Work) -> None:
    """Lay the chart of accounts."""
    await finance.lay_chart(work)


@pytest.fixture
async def shop(work: Work) -> channels.Channel:
    """Open a shop, with the chart of accounts laid."""
    await finance.lay_chart(work)
    channel = a_channel()
    work.session.add(channel)
    await work.session.flush()
    return channel


@pytest.fixture
async def committed_shop(sessions: Sessions) -> UUID:
    """Open the shop for all sessions."""
    async with begin(sessions, system("tests"), at=NOW) as work:
        channel = a_channel()
        await finance.lay_chart(work)
        work.session.add(channel)
    return channel.id

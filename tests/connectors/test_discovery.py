"""Every platform is served by the file that names it, and each declares its own protocol."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.discovery import UnknownPlatform, marketplace_for, open_shop, served_platforms
from connectors.faults import NotOffered
from connectors.http import Http
from connectors.marketplaces.official_site import OfficialSite
from connectors.marketplaces.port import Call, Marketplace, PriceNotice, ShopAccount
from connectors.marketplaces.taobao import TaobaoMarketplace
from domain.kernel import Money

ACCOUNT = ShopAccount(
    platform="tmall", shop_code="s", base_url="http://x/", app_key="k", app_secret="hidden-secret", session="hidden"
)
NOW = datetime(2026, 11, 11, tzinfo=UTC)


def test_platforms() -> None:
    assert set(served_platforms()) >= {"TAOBAO", "TMALL", "JD", "OFFICIAL_SITE", "PHARMACY_818"}
    assert marketplace_for("TMALL") is marketplace_for("taobao") is TaobaoMarketplace
    assert marketplace_for("OFFICIAL_SITE") is OfficialSite
    with pytest.raises(UnknownPlatform):
        marketplace_for("EBAY")


@pytest.mark.parametrize("platform", sorted(served_platforms()))
def test_every_platform_declares_its_own_protocol(platform: str) -> None:
    kind = marketplace_for(platform)
    assert "protocol" in kind.__dict__
    assert kind.protocol.overlap == timedelta(minutes=5)
    assert Call.PULL_ORDERS in kind.protocol.offers


def test_a_platform_without_a_protocol_is_refused() -> None:
    with pytest.raises(TypeError, match="protocol"):
        type("Careless", (OfficialSite,), {"platforms": ("CARELESS",)})


async def test_what_a_platform_does_not_offer() -> None:
    market = open_shop(ACCOUNT, Http())
    assert not market.offers(Call.PUSH_PRICE)
    with pytest.raises(NotOffered):
        await market.push_price(PriceNotice(sku_code="x", price=Money(1)))


def test_no_secret_is_printed() -> None:
    assert "hidden" not in repr(ACCOUNT)


def shop(now: datetime) -> Marketplace:
    return open_shop(ACCOUNT, Http(), lambda: now)


def test_slices_reach_back_and_touch() -> None:
    cuts = shop(NOW).slices(NOW - timedelta(minutes=70), NOW - timedelta(minutes=1))
    assert cuts[0] == (NOW - timedelta(minutes=75), NOW - timedelta(minutes=45))
    assert cuts[-1] == (NOW - timedelta(minutes=15), NOW - timedelta(minutes=1))
    assert [end for _, end in cuts[:-1]] == [start for start, _ in cuts[1:]]


def test_no_slice_ends_in_the_future_or_begins_before_the_platform_remembers() -> None:
    cuts = shop(NOW).slices(NOW - timedelta(days=400), NOW + timedelta(days=1))
    assert cuts[0][0] == NOW - timedelta(days=90)
    assert cuts[-1][1] == NOW
    assert shop(NOW).slices(NOW + timedelta(days=2), NOW + timedelta(days=3)) == []

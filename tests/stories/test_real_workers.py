"""The same day with nobody driving: a real broker, the relay and the Celery worker as processes of their own."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery

from configuration.settings import Settings
from operations.embedded_postgres import EmbeddedPostgres
from operations.embedded_valkey import embedded_valkey
from operations.programs import relay, worker
from tests.conftest import database_copy
from tests.stories import rabbitmq
from tests.stories.company import BOOKING, REVIEWING, SHIPPING, Company, until, uuid_of
from tests.stories.running import running, simulators
from workers.relay import QUEUE


def environment_of(settings: Settings) -> dict[str, str]:
    """Write settings as a process reads them; secrets in clear, because they are of a throw-away company."""
    given = settings.model_dump(include=settings.model_fields_set)
    values = {
        name: each.get_secret_value() if hasattr(each, "get_secret_value") else each for name, each in given.items()
    }
    return {name.upper(): str(each) for name, each in values.items()} | {"PYTHONUNBUFFERED": "1", "TZ": "UTC"}


@contextmanager
def working(settings: Settings, log: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run the relay and one worker."""
    environment = environment_of(settings)
    with log.open("wb") as output:
        started = [each.spawn(output) for each in (relay(environment), worker(environment, 4))]
        try:
            yield started
        finally:
            for each in started:
                each.terminate()
            for each in started:
                each.wait(10)


@pytest.fixture(params=["valkey", "rabbitmq"])
def broker_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Run the broker that is shipped, and once more the one that others have."""
    if request.param == "valkey":
        with embedded_valkey() as valkey:
            yield valkey.url
    elif rabbitmq.server() is None:
        pytest.skip("there is no RabbitMQ on this machine")
    else:
        with rabbitmq.throwaway_rabbitmq(tmp_path) as url:
            yield url


@pytest.fixture
async def working_company(postgres: EmbeddedPostgres, tmp_path: Path, broker_url: str) -> AsyncIterator[Company]:
    async with (
        simulators(tmp_path) as simulated,
        database_copy(postgres) as url,
        running(url, simulated, broker_url=broker_url) as company,
    ):
        with working(company.outside.settings, tmp_path / "workers.log") as processes:
            company.has_workers = True
            yield company
            assert [each.poll() for each in processes] == [None, None], (tmp_path / "workers.log").read_text()


async def test_the_workers_carry_an_order_through(working_company: Company) -> None:
    company = working_company
    celery = Celery("stories", broker=company.outside.settings.broker_url, set_as_current=False)
    reviewer, packer = await company.person(REVIEWING), await company.person(SHIPPING)
    bookkeeper = await company.person(BOOKING)
    goods = await company.goods("WORK1", stock=10, shops=("site-main", "jd-main"))
    assert (await company.simulated.ask("GET", "/shops/site-main/pushed"))["stock"]["WORK1"]["quantity"] == 10
    late = {"created_at": company.simulated.ago(9000), "paid_at": company.simulated.ago(8000)}
    number = await company.sell("site-main", (goods, 4), **late)

    async with reviewer.listening("orderAlerts", "(levels: [SEVERE])") as alerts:
        site = str(uuid_of("Channel", company.channels["site-main"]))
        celery.send_task("pull", args=[site], queue=QUEUE)
        order = await until(lambda: company.order(number))
        await company.settle()
        assert await company.shown("jd-main", goods) == 6
        celery.send_task("scheduled", args=["remind"], queue=QUEUE)
        assert (await alerts.about(order["id"]))["alert"]["kind"] == "UNREVIEWED"
        await reviewer.done("reviewOrder", "status", {"id": order["id"]})
        assert (await alerts.about(order["id"], "RESOLVED"))["alert"]["level"] == "SEVERE"

    parcel = {"orderId": order["id"], "carrierCode": "SF", "waybill": "SF1000000000971"}
    await packer.done("shipOrder", "id", parcel)
    await company.settle()
    assert (await company.simulated.held("site-main", number))["stage"] == "SHIPPED"
    (message,) = (await company.simulated.ask("GET", "/sms"))["messages"]
    assert message["phone"] == "13812345678"
    owed = await company.order(number, "receivables { restAmount { amount } } shipments { toldAt }", bookkeeper)
    assert owed["receivables"] == [{"restAmount": {"amount": "40.00"}}]
    assert owed["shipments"][0]["toldAt"] is not None
    assert await company.broken_invariants() == []

"""The platform's clock (平台时钟): business time may be moved, the release schedule may run faster than life."""

import time
from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
DAY_SECONDS = 86_400
_CHINA_SECONDS = 8 * 3600


class Clock:
    """`now` stamps trades, `wall` judges signatures, `schedule` decides which prepared trades have appeared."""

    def __init__(self, offset_seconds: int = 0, skew_seconds: int = 0) -> None:
        self.offset_seconds = offset_seconds
        self.skew_seconds = skew_seconds
        self.schedule_start = 0
        self.schedule_speed = 0.0
        self._anchor = 0.0

    def now(self) -> int:
        return int(time.time()) + self.offset_seconds

    def wall(self) -> int:
        return int(time.time()) + self.skew_seconds

    def run_schedule(self, start: int, speed: float, anchor: float | None = None) -> None:
        """Let the schedule read `start` at this moment and then run `speed` times as fast as life."""
        self.schedule_start, self.schedule_speed = start, speed
        self._anchor = time.time() if anchor is None else anchor

    def schedule(self) -> int:
        if not self.schedule_speed:
            return self.now()
        return self.schedule_start + int((time.time() - self._anchor) * self.schedule_speed)

    def state(self) -> dict[str, float]:
        return {
            "offset_seconds": self.offset_seconds,
            "skew_seconds": self.skew_seconds,
            "schedule_start": self.schedule_start,
            "schedule_speed": self.schedule_speed,
            "anchor": self._anchor,
        }

    def restore(self, state: dict[str, float]) -> None:
        self.offset_seconds = int(state["offset_seconds"])
        self.skew_seconds = int(state["skew_seconds"])
        self.run_schedule(int(state["schedule_start"]), state["schedule_speed"], state["anchor"])


def china_text(moment: int) -> str:
    """`yyyy-MM-dd HH:mm:ss` in GMT+8, the way Taobao and JD write time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment + _CHINA_SECONDS))


def from_china_text(text: str) -> int:
    """Read `yyyy-MM-dd HH:mm:ss` as GMT+8; ValueError for anything else."""
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).timestamp())


def china_day(moment: int) -> str:
    return china_text(moment)[:10]


def iso_text(moment: int) -> str:
    """ISO 8601 in UTC, the way the site protocol writes time."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def from_iso(text: str) -> int:
    """Read ISO 8601 with an offset; a naive text is taken as GMT+8."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(UTC).timestamp())

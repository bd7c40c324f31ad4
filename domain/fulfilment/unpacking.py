"""Unpacking (拆包): packages that were not handed over are taken apart; their goods lie on the trolley again."""

from sqlalchemy import select

from domain.fulfilment.odd_weights import forget_weights
from domain.fulfilment.packages import Package, PackageStatus
from domain.fulfilment.stages import Release
from domain.fulfilment.wanting import give_back
from domain.kernel import Work

UNDER_WAY = (PackageStatus.OPEN, PackageStatus.SEALED)


async def unpack(work: Work, release: Release) -> bool:
    """Cancel what was packed of a release and not handed over; says whether there was something."""
    statement = select(Package).where(Package.release_id == release.id, Package.status.in_(UNDER_WAY))
    statement = statement.order_by(Package.id).with_for_update().execution_options(populate_existing=True)
    packages = list(await work.session.scalars(statement))
    for package in packages:
        package.status, package.manifest_id = PackageStatus.CANCELLED, None
        package.cancelled_by, package.cancelled_at = work.actor.name, work.now
        await give_back(work, package)
    await forget_weights(work, packages)
    release.packed_by = release.packed_at = None
    await work.session.flush()
    return bool(packages)

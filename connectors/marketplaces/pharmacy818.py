"""818 pharmacy (818医药网): the SITE protocol, with prescriptions to be approved before anything ships."""

from connectors.marketplaces.site_protocol import SITE_PROTOCOL, SiteMarketplace


class Pharmacy818(SiteMarketplace):
    """A pharmacy: `prescription_status` pending becomes `prescription_pending`, which holds the order."""

    platforms = ("PHARMACY_818",)
    protocol = SITE_PROTOCOL

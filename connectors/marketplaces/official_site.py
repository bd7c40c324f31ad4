"""The company's own web site (官网): the SITE protocol as it is."""

from connectors.marketplaces.site_protocol import SITE_PROTOCOL, SiteMarketplace


class OfficialSite(SiteMarketplace):
    """A shop of our own."""

    platforms = ("OFFICIAL_SITE",)
    protocol = SITE_PROTOCOL

"""Marketplaces and sites (销售平台): one port, one file per platform."""

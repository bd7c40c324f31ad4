"""Tests of the stock centre."""

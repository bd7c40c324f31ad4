"""Tests of the business, mirroring its folders."""

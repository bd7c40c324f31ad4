"""Tests of goods."""

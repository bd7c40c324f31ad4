"""Spreadsheets that others made (外来表格): read as texts, within bounds."""

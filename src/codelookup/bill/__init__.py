"""Codes in running text and tables: bills, visit summaries, exports of claims."""

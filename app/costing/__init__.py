"""Money and energy: pure functions on plain numbers and Decimal; no tokens per second here."""

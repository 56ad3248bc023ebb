"""Rigwise: what to buy to run language models on your own hardware, and how sure we are."""

__version__ = "0.1.0"

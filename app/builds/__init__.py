"""Builds: a question about a purchase, the facts and figures behind it, and the one answer."""

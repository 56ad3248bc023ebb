"""Changing the catalogue while it runs: edits with who, when, why and source, and their history.

What editors set lies over the seed and wins over newer seeds. Every edit is one row that stays, and
leads to a revision that is named by the content alone: undoing everything gives the seed's own.
"""

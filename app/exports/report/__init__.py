"""The report as content: what stands on its two pages, in order, whatever writes them.

The page and the PDF both write this and nothing else. Every list is bounded, so that two pages hold
for any build; what is left out is said, and stands in the spreadsheet. All of it is in one
language: what the code says in English is turned here, before it is measured and cut.
"""

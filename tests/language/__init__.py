"""Languages: sentences found, turned and complete."""

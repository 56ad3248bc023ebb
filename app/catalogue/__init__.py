"""The catalogue: facts with their sources, stored in tables, served as one frozen snapshot."""

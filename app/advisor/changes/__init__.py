"""A build and what is near it: along one axis, beside others, with one part changed."""

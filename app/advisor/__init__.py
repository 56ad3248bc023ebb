"""Which machine, then: other values, other builds and other parts, all by the same assessment."""

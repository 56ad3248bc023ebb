"""From facts to figures, part by part: what the estimator takes, each figure with its origin."""

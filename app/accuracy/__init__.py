"""How right the estimator is: measured runs as builds, the fit, held-out errors, the report."""

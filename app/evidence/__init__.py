"""Measurements and what they say: the calibration the estimator runs on."""

"""The physics: how fast a machine runs a model, from facts and a calibration, with its interval.

Everything here is a pure function of plain numbers with units; nothing reads a file, a database or
the clock. Every formula takes floats or NumPy arrays: one estimate is a sweep of size one.
"""

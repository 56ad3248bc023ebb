"""The roofline: peak arithmetic, peak bandwidth, and where a workload sits between them."""

from app.estimator.numbers import Number, at_most


def ridge_flop_per_byte(peak_tflops: Number, bandwidth_gbs: Number) -> Number:
    """Arithmetic intensity at which a device stops waiting for memory, FLOP per byte."""
    return peak_tflops * 1000 / bandwidth_gbs


def attainable_tflops(flop_per_byte: Number, peak_tflops: Number, bandwidth_gbs: Number) -> Number:
    """Height of the roof at an intensity, TFLOPS. Source: Williams, Waterman, Patterson 2009."""
    return at_most(peak_tflops, flop_per_byte * bandwidth_gbs / 1000)


def decode_ceiling_tps(bandwidth_gbs: Number, read_gb_per_token: Number) -> Number:
    """No decode can be faster than its weights can be read: tokens per second."""
    return bandwidth_gbs / read_gb_per_token

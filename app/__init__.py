"""Rigwise: what to buy to run language models on your own hardware, and how sure we are."""

__version__ = "0.1.0"

import os

# Our matrices are small: threads of the linear algebra would spin, get in the way of each other's
# processes, and add up in another order. Read once, when NumPy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

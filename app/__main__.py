"""The `rigwise` command: `python -m app`.

Nothing that is imported is ever garbage; looking for some meanwhile is a fifth of a start.
"""

import gc

gc.disable()

from app.cli import main  # noqa: E402

gc.freeze()
gc.enable()
raise SystemExit(main())

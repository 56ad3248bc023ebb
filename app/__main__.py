"""The `rigwise` command: `python -m app`.

Nothing that is imported is ever garbage; looking for some meanwhile is a sixth of a start.
"""

import gc

if __name__ == "__main__":
    gc.disable()

    from app.cli import main

    gc.freeze()
    gc.enable()
    raise SystemExit(main())

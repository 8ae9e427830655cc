"""``python -m boundcalc``: the command line."""

from __future__ import annotations

import sys
from pathlib import Path

# `python -m` puts the working folder first on the path: a theorems.py or numerics/ there would
# be imported instead of ours, unless this package itself lives there.
if sys.path and Path(sys.path[0]).resolve() == Path.cwd() != Path(__file__).resolve().parents[1]:
    del sys.path[0]

from boundcalc.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

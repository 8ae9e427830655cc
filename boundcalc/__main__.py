"""``python -m boundcalc``: the command line."""

from boundcalc.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

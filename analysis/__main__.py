"""``python -m analysis`` is ``micro-macro``."""

from analysis.publish.cli import run

run()

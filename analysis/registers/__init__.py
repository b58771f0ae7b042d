"""Takes the registers in data/ (TOML and CSV); gives frozen records. Called by every other folder,
and by notebooks as `an.registers`.
"""

from analysis.display import offered
from analysis.registers.lookup import (
    claim,
    claims,
    disagreements,
    documents,
    price_tables,
    quotations,
    scheme,
    schemes,
    sources,
    studies,
)
from analysis.registers.published import published


def __dir__() -> list[str]:
    return offered(globals())

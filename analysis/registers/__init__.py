"""Takes the registers in data/ (TOML and CSV); gives frozen records. Called by every other folder,
and by notebooks as `an.registers`.
"""

from analysis.display import namespace_of
from analysis.registers.in_short import published_in_short, studies_in_short, topics
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
from analysis.registers.places import path_of
from analysis.registers.published import published
from analysis.registers.severity import severities
from analysis.registers.severity_lookup import severity_of
from analysis.registers.statements import statements, statements_of

__getattr__, __dir__ = namespace_of(globals())

"""Takes the notebooks and what they record.

Gives reports, editions, slides and citations.
Called by the command ``micro-macro``; nothing in `analysis` imports from here.
"""

import sys

# nbformat would build the grammar of internationalised addresses, which takes over a second. No
# notebook has such an address to be validated, and jsonschema does without.
sys.modules.setdefault("rfc3987_syntax", None)

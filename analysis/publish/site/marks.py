"""Badges of claims as they are counted in heads of groups and of articles."""

MARKS = {
    "supported": "supported",
    "easily supported": "supported, but easily",
    "supported as far as asked": "supported as far as asked",
    "contradicted": "contradicted",
    "easily contradicted": "contradicted, but easily",
    "mixed": "supported here, contradicted there",
    "undecided": "undecided",
    "untestable": "without open data",
    "document": "settled by reading",
}
"""What so many claims are, by the badge of their answers."""

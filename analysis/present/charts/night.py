"""A picture that follows light and dark: rules for a dark page within the SVG itself."""

import re
from colorsys import hls_to_rgb, rgb_to_hls

from analysis.present.style import GRID, HOLLOW, INK, QUIET

PAPER = "#131313"
"""Behind everything on a dark page."""

TURNED = {HOLLOW: PAPER, INK: "#ececec", QUIET: "#a8a8a8", GRID: "#333333"}
"""Colours that a dark page turns round."""

CONTRAST = 3.0
"""Least contrast of a mark with the page; text is written in turned colours."""

COLOUR = re.compile(rb"(fill|stroke): (#[0-9a-f]{6})")


def with_night(svg: bytes) -> bytes:
    """Add rules for a dark page to a picture, one for each of its colours; other programs, which do
    not know such rules, show it as on white.

    Examples
    --------
    >>> made = with_night(b'<svg><defs/><path style="fill: #1b1b1b"/></svg>').decode()
    >>> "prefers-color-scheme: dark" in made, '[style*="fill: #1b1b1b"]{fill:#ececec' in made
    (True, True)
    """
    rules = []
    for way, colour in sorted({(a.decode(), b.decode()) for a, b in COLOUR.findall(svg)}):
        dark = dark_of(colour, way)
        if dark != colour:
            rules.append(f'[style*="{way}: {colour}"]{{{way}:{dark} !important}}')
    # what has no colour of its own is black, which inherits from the root
    rules.append(f"svg{{fill:{TURNED[INK]}}}")
    style = f"<style>@media (prefers-color-scheme: dark){{{''.join(rules)}}}</style>"
    head, tag, rest = svg.partition(b"<defs")
    return head + style.encode() + tag + rest


def dark_of(colour: str, way: str) -> str:
    """Give the colour that stands for one on a dark page; a line is made light enough to be seen.

    Examples
    --------
    >>> dark_of("#ffffff", "fill"), dark_of("#440154", "fill")
    ('#131313', '#440154')
    >>> _contrast(dark_of("#440154", "stroke")) >= 3
    True
    """
    if colour in TURNED:
        return TURNED[colour]
    if way == "fill":  # of bars, whose text was chosen for this very colour
        return colour
    hue, light, saturation = rgb_to_hls(*_parts(colour))
    while _contrast(colour) < CONTRAST and light < 1:
        light += 0.03
        colour = _hex(hls_to_rgb(hue, min(light, 1.0), saturation))
    return colour


def _parts(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))


def _hex(parts: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _contrast(colour: str) -> float:
    """Contrast with the dark page, as WCAG 2 computes it."""
    over, under = sorted((_luminance(colour), _luminance(PAPER)), reverse=True)
    return (over + 0.05) / (under + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in _parts(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

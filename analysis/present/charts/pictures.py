"""Figures as files: SVG that follows light and dark, SVG for a phone, PNG for a slide."""

import io

from analysis.finding import Finding
from analysis.present.charts.anatomy import Around, dress, phone_version
from analysis.present.charts.canvas import too_small
from analysis.present.charts.night import with_night
from analysis.present.style import LEAST, settings

DPI = 144
"""A figure of 13.33 x 7.5 inches becomes a picture of 1920 x 1080 pixels."""

QUICK = {"compress_level": 3}
"""Compression of a picture: two thirds of the usual time for a file 7 percent larger."""


def pictures(key: str, figure, finding: Finding, footer: str) -> tuple[dict[str, bytes], Around]:
    """Draw a figure to bytes that are the same on every run.

    Returns
    -------
    tuple
        Bytes by ending (``svg``, ``phone.svg``, ``png``), and what was put around the picture.

    Raises
    ------
    ValueError
        If its text is too small for a slide.
    """
    import matplotlib as mpl

    about = {"Title": f"{key}: {finding.headline}", "Description": finding.alt}
    with mpl.rc_context(settings()):
        around = dress(figure, finding, footer)
        if small := too_small(figure, around.small):
            texts = "; ".join(f"{text!r} has {size:g}" for text, size in list(small.items())[:3])
            raise ValueError(
                f"figure '{key}': text has at least {LEAST} points on a slide, but {texts}. "
                "an.plot.new_figure() makes axes with such text."
            )
        drawn = {"svg": _svg(figure, about), "png": _png(figure, about)}
        drawn["phone.svg"] = _svg(phone_version(figure, finding, footer, around), about)
    return drawn, around


def _svg(figure, about: dict) -> bytes:
    # neither the date nor the version of matplotlib may change the bytes
    return with_night(_saved(figure, format="svg", metadata=about | {"Date": None}))


def _png(figure, about: dict) -> bytes:
    return _saved(figure, format="png", metadata=about | {"Software": None}, pil_kwargs=QUICK)


def _saved(figure, **options) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=DPI, facecolor="white", **options)
    return buffer.getvalue()

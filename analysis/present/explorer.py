"""Sliders and menus in JupyterLab; contrast, interval, verdict and picture follow them."""

import html
from contextlib import contextmanager

import numpy as np

from analysis.estimate.explored import Choices, Explored
from analysis.present.charts.live import LiveImage
from analysis.present.sentences import interval, short_count
from analysis.present.style import OUTCOMES, ink_on

ALL = ("all", "all")
"""All posts: no stratum, no level."""


class Explorer:
    """Controls, and the answer to what they are set to.

    Parameters
    ----------
    sources : mapping of str to Moments, or Choices
        Loaded sources, by key; or what can be chosen of them.
    confidence : float
        Of every interval.

    Attributes
    ----------
    controls : dict of str to ipywidgets.Widget
        By the names that `set` takes.
    """

    def __init__(self, sources, confidence: float = 0.95):
        import ipywidgets as widgets

        self.choices = sources if isinstance(sources, Choices) else Choices(sources, confidence)
        self.image, self.quiet = LiveImage(self.choices.confidence), False
        self.controls = _controls(self.choices)
        whole = widgets.Layout(max_width="100%", object_fit="contain")
        self.text, self.picture = widgets.HTML(), widgets.Image(format="png", layout=whole)
        half = list(self.controls.values())
        columns = [widgets.VBox(half[:4]), widgets.VBox(half[4:])]
        columns = widgets.HBox(columns, layout=widgets.Layout(flex_flow="row wrap"))
        self.widget = widgets.VBox([columns, self.text, self.picture])
        self._source_changed()
        for control in half:
            control.observe(self._changed, names="value")
        self._show()

    def _repr_mimebundle_(self, **kwargs):
        return self.widget._repr_mimebundle_(**kwargs)

    def set(self, **choices) -> "Explorer":
        """Set controls by name, as if moved by hand.

        Parameters
        ----------
        **choices
            ``source, metric, average, posts, scheme, micro, macro, claim``.
        """
        for name, value in choices.items():
            self.controls[name].value = value
        return self

    @property
    def choice(self) -> dict:
        """What is chosen now, as `Choices.answer` takes it."""
        return {name: control.value for name, control in self.controls.items() if name != "scheme"}

    @property
    def answer(self) -> Explored:
        """Estimate, verdict, claimed range and curve for what is chosen now.

        Raises
        ------
        ValueError
            If the choice has no answer: where, and what to change.
        """
        return self.choices.answer(**self.choice)

    def _changed(self, change) -> None:
        if self.quiet:
            return
        name = next(name for name, control in self.controls.items() if control is change["owner"])
        if name == "source":
            self._source_changed()
        elif name == "scheme" and change["new"]:
            tiers = {tier.name: tier for tier in self.choices.schemes[change["new"]].tiers}
            with self._quietly():
                for name in ("micro", "macro"):
                    ends = float(tiers[name].lower), float(tiers[name].upper or np.inf)
                    self.controls[name].value = ends
        elif name in ("micro", "macro"):
            with self._quietly():
                self.set(scheme="")
        self._show()

    @contextmanager
    def _quietly(self):
        """Set controls without answering in between."""
        self.quiet = True
        try:
            yield
        finally:
            self.quiet = False

    def _source_changed(self) -> None:
        """Offer what the source has, and keep what was chosen if it has that too."""
        moments = self.choices.sources[self.controls["source"].value]
        metrics = [(self.choices.metrics[key], key) for key in moments.metrics]
        levels = [(name, level) for name in moments.source.strata for level in moments.levels(name)]
        posts = [("all posts", ALL), *((": ".join(level), level) for level in levels)]
        offers = {"metric": (metrics, moments.main_metric), "posts": (posts, ALL)}
        for name, (options, otherwise) in offers.items():
            control = self.controls[name]
            keep = control.value in [value for _, value in options]
            chosen = control.value if keep else otherwise
            with self._quietly():  # new options reset the value
                control.options, control.value = options, chosen

    def _show(self) -> None:
        """Answer the choices, in text and picture."""
        chosen = self.choice
        try:
            answer = self.answer
        except ValueError as why:
            self.text.value, self.picture.value = f"<p><b>{html.escape(str(why))}</b></p>", b""
            return
        self.text.value = _as_html(answer.estimate, answer.verdict)
        tiers = {name: chosen[name] for name in ("micro", "macro")}
        title = f"{self.choices.metrics[chosen['metric']]}, {chosen['average']}"
        parts = (answer.curve, answer.estimate, answer.claimed)
        self.picture.value = self.image.png(*parts, tiers, title)


def _controls(choices) -> dict:
    """One control per choice."""
    import ipywidgets as widgets

    wide = {"layout": widgets.Layout(width="32em"), "style": {"description_width": "5em"}}

    def menu(name: str, options, **kwargs):
        return widgets.Dropdown(options=options, description=name, **wide, **kwargs)

    def slider(name: str, *ends: float):
        at = [edges.index(end) for end in ends]
        return widgets.SelectionRangeSlider(description=name, index=at, options=marks, **wide)

    edges = [*choices.edges, np.inf]
    marks = [(short_count(edge) if np.isfinite(edge) else "no end", edge) for edge in edges]
    known = [(moments.source, key) for key, moments in choices.sources.items()]
    schemes = [(scheme.title, key) for key, scheme in choices.schemes.items()]
    return {
        "source": menu("source", [(f"{one.platform}: {one.short}", key) for one, key in known]),
        "metric": menu("metric", ()),
        "average": menu("average", choices.averages, value="typical account"),
        "posts": menu("posts", [("all posts", ALL)]),
        "scheme": menu("tiers of", [("your own tiers", ""), *schemes]),
        "micro": slider("micro", 1e4, 1e5),
        "macro": slider("macro", 1e5, 1e6),
        "claim": menu("claim", [(title, key) for key, title in choices.claims.items()]),
    }


def _as_html(estimate, verdict) -> str:
    """The contrast and its verdict."""
    colour, sign = OUTCOMES[verdict.outcome]
    badge = f"background:{colour};color:{ink_on(colour)};padding:.2em .6em;border-radius:.3em"
    value, low, high = estimate.estimate, estimate.low, estimate.high
    contrast = interval(value, low, high) if np.isfinite(value) else estimate.method
    return (
        '<p style="font-size:1.25em;margin:.4em 0">'
        f"<b>micro / macro {html.escape(contrast)}</b> &nbsp; "
        f'<span style="{badge}">{sign} {verdict.outcome}</span></p>'
        f"<p>{verdict.claim} claims {html.escape(verdict.claimed)}. "
        f"{html.escape(verdict.because)} {estimate.n_accounts:,} accounts in the two tiers; "
        "they are different creators, so nothing follows for a creator who grows.</p>"
    )

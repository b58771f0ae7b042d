"""Explorer: sliders and menus in JupyterLab; whatever moves, the contrast, its interval, the
verdict and the picture follow.
"""

import html

import numpy as np

from analysis.present.charts.live import LiveImage
from analysis.present.sentences import interval, short_count
from analysis.present.style import OUTCOMES, ink_on

ALL = ("all", "all")
"""All posts: no stratum, no level."""


class Explorer:
    """Controls, and what they show.

    Parameters
    ----------
    desk
        Knows what can be chosen and answers each choice, see `analysis.estimate.desk.Desk`.
    """

    def __init__(self, desk):
        self.desk, self.image, self.quiet = desk, LiveImage(desk.confidence), False
        self.controls = _controls(desk)
        self.widget, self.told, self.picture = _laid_out(self.controls)
        self._source_changed()
        for control in self.controls.values():
            control.observe(self._changed, names="value")
        self._show()

    def _repr_mimebundle_(self, **kwargs):
        return self.widget._repr_mimebundle_(**kwargs)

    def set(self, **choices) -> "Explorer":
        """Set controls by name, as a hand would.

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
        """What is chosen now, as `Desk.answer` takes it."""
        return {name: control.value for name, control in self.controls.items() if name != "scheme"}

    def _changed(self, change) -> None:
        if self.quiet:
            return
        name = next(name for name, control in self.controls.items() if control is change["owner"])
        if name == "source":
            self._source_changed()
        elif name == "scheme" and change["new"]:
            tiers = {tier.name: tier for tier in self.desk.schemes[change["new"]].tiers}
            ends = {
                one: (float(tiers[one].lower), float(tiers[one].upper or np.inf))
                for one in ("micro", "macro")
            }
            self._quietly(**ends)
        elif name in ("micro", "macro"):
            self._quietly(scheme="")
        self._show()

    def _quietly(self, **values) -> None:
        """Set controls without answering in between."""
        self.quiet = True
        try:
            self.set(**values)
        finally:
            self.quiet = False

    def _source_changed(self) -> None:
        """Offer what the source holds, and keep what was chosen if it holds that too."""
        moments, metric, posts = (
            self.desk.sources[self.controls["source"].value],
            self.controls["metric"],
            self.controls["posts"],
        )
        levels = [(name, level) for name in moments.source.strata for level in moments.levels(name)]
        chosen = {metric: (metric.value, moments.main_metric), posts: (posts.value, ALL)}
        self.quiet = True
        metric.options = [(self.desk.metrics[key], key) for key in moments.metrics]
        posts.options = [("all posts", ALL), *((": ".join(level), level) for level in levels)]
        for control, (before, otherwise) in chosen.items():
            control.value = (
                before if before in [value for _, value in control.options] else otherwise
            )
        self.quiet = False

    def _show(self) -> None:
        """Answer the choices, in words and in the picture."""
        values = self.choice
        try:
            found = self.desk.answer(**values)
        except ValueError as why:
            self.told.value, self.picture.value = f"<p><b>{html.escape(str(why))}</b></p>", b""
            return
        self.told.value = _told(found.estimate, found.verdict)
        tiers = {name: values[name] for name in ("micro", "macro")}
        title = f"{self.desk.metrics[values['metric']]}, {values['average']}"
        self.picture.value = self.image.png(
            found.curve, found.estimate, found.claimed, tiers, title
        )


def _controls(desk) -> dict:
    """One control per choice."""
    import ipywidgets as widgets

    wide = {"layout": widgets.Layout(width="32em"), "style": {"description_width": "5em"}}
    ends = [*desk.edges, np.inf]
    slider = {
        "options": [(short_count(end) if np.isfinite(end) else "no end", end) for end in ends],
        **wide,
    }
    platforms = [
        (f"{one.source.platform}: {one.source.short}", key) for key, one in desk.sources.items()
    ]
    words = [("your own tiers", ""), *((one.title, key) for key, one in desk.schemes.items())]
    return {
        "source": widgets.Dropdown(options=platforms, description="source", **wide),
        "metric": widgets.Dropdown(description="metric", **wide),
        "average": widgets.Dropdown(
            options=desk.averages, value="typical account", description="average", **wide
        ),
        "posts": widgets.Dropdown(options=[("all posts", ALL)], description="posts", **wide),
        "scheme": widgets.Dropdown(options=words, description="words of", **wide),
        "micro": widgets.SelectionRangeSlider(
            description="micro", index=(ends.index(1e4), ends.index(1e5)), **slider
        ),
        "macro": widgets.SelectionRangeSlider(
            description="macro", index=(ends.index(1e5), ends.index(1e6)), **slider
        ),
        "claim": widgets.Dropdown(
            options=[(told, key) for key, told in desk.claims.items()], description="claim", **wide
        ),
    }


def _laid_out(controls: dict) -> tuple:
    """The widget, and its two parts that change."""
    import ipywidgets as widgets

    told, picture = (
        widgets.HTML(),
        widgets.Image(format="png", layout=widgets.Layout(max_width="100%", object_fit="contain")),
    )
    half = list(controls.values())
    columns = widgets.HBox(
        [widgets.VBox(half[:4]), widgets.VBox(half[4:])],
        layout=widgets.Layout(flex_flow="row wrap"),
    )
    return widgets.VBox([columns, told, picture]), told, picture


def _told(estimate, verdict) -> str:
    """The contrast and its verdict as HTML."""
    colour, sign = OUTCOMES[verdict.outcome]
    badge = f"background:{colour};color:{ink_on(colour)};padding:.2em .6em;border-radius:.3em"
    value = (
        interval(estimate.estimate, estimate.low, estimate.high)
        if np.isfinite(estimate.estimate)
        else estimate.method
    )
    return (
        f'<p style="font-size:1.25em;margin:.4em 0"><b>micro / macro {html.escape(value)}</b> &nbsp; '
        f'<span style="{badge}">{sign} {verdict.outcome}</span></p>'
        f"<p>{verdict.claim} says {html.escape(verdict.claimed)}. {html.escape(verdict.because)} {estimate.n_accounts:,} accounts "
        f"in the two tiers; different creators, so nothing is said of growing.</p>"
    )

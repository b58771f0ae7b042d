"""How far what counts may be from what was measured in its place before a ratio turns."""

from dataclasses import dataclass

from analysis.display import Result
from analysis.estimate.results import Estimate


@dataclass(frozen=True, repr=False)
class Turning(Result):
    """How different what counts would have to be from what was measured for a ratio to turn.

    If what counts, such as sales per click, is what was measured times a factor of each group, the
    ratio of what counts is the ratio that was measured times the ratio of these factors.

    Attributes
    ----------
    measured : Estimate
        Ratio of what was measured in place of what counts.
    even : float
        By how much the factor of the group with less has to be larger for what counts to be even.
    unclear : float
        From which on the interval of what counts holds one; 1 if that of the measured ratio does.
    """

    measured: Estimate
    even: float
    unclear: float

    @property
    def first(self) -> bool:
        """Whether the first group is the one with more of what was measured."""
        return self.measured.estimate >= 1


def turning(measured: Estimate) -> Turning:
    r"""Give the factor at which a ratio of what counts is 1, where only a proxy was measured.

    With sales per click :math:`s_g = k_g p_g` of what was measured, :math:`p_g`, in group g,
    :math:`s_1 / s_2 = (k_1 / k_2) (p_1 / p_2)`, which is 1 at :math:`k_2 / k_1 = p_1 / p_2`.

    Parameters
    ----------
    measured : Estimate
        A ratio.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> import analysis as an
    >>> chat = an.load("youtube-vtuber-livechat").sample("payers_per_chatter")
    >>> ratio = chat.tier("macro-or-micro-second").contrast(average="ratio of sums")
    >>> made = turning(ratio)
    >>> round(made.even, 2), round(made.unclear, 2)
    (1.86, 1.66)
    """
    if measured.unit != "ratio":
        raise ValueError(f"a turning point is that of a ratio, not of a {measured.unit}.")
    size, low, high = measured.estimate, measured.low, measured.high
    if size < 1:
        size, low, high = 1 / size, 1 / high, 1 / low
    return Turning(measured, float(size), float(max(low, 1.0)))

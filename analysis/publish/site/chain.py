"""Who quoted whom on the way to one claim, as rows of lanes: branches, and dashes where a step was
inferred and not read.
"""

from graphlib import TopologicalSorter
from typing import NamedTuple

from analysis.registers.claims import Quotation
from analysis.registers.lookup import quotations

APART, EDGE = 22, 12
"""Distance of two lanes, and of the first one from the edge [pixels]."""

MIDDLE, TALL = 50, 100
"""Height of a dot within its row, and of a row; rows are stretched to the height of their text."""


class Step(NamedTuple):
    """A step of a chain, the picture beside it, and whether it lies on the longest way."""

    step: Quotation
    lanes: str
    main: bool
    origins: tuple[Quotation, ...]


class _Edge(NamedTuple):
    """A step that takes up another, the rows of both, and the lane between them."""

    origin: str
    taker: str
    first: int
    last: int
    lane: int


def chain(claim: str) -> list[Step]:
    """Give the steps of a figure's way to a claim in order, each after those that it quotes.

    Examples
    --------
    >>> [one.step.key for one in chain("D07")][-3:]
    ['link', 'pair', 'document']
    """
    steps = {key: step for key, step in quotations().items() if step.claim == claim}
    order = _ordered(steps)
    if not order:
        return []
    lane = _lanes(steps, order)
    edges = _edges(steps, order, lane)
    width = 2 * EDGE + APART * max([*lane.values(), *(edge.lane for edge in edges)])
    shown = []
    for row, key in enumerate(order):
        lines = [_line(edge, row, lane, steps) for edge in edges]
        picture = (
            f'<svg class="lanes" viewBox="0 0 {width} {TALL}" width="{width}" aria-hidden="true" '
            f'preserveAspectRatio="none">{"".join(lines)}{_dot(steps[key], lane[key])}</svg>'
        )
        origins = tuple(steps[one] for one in steps[key].quotes if one in steps)
        shown.append(Step(steps[key], picture, lane[key] == 0, origins))
    return shown


def _ordered(steps: dict[str, Quotation]) -> list[str]:
    """Origins first, in the order of the register where that leaves a choice."""
    graph = {key: list(filter(steps.get, step.quotes)) for key, step in steps.items()}
    sorter, order = TopologicalSorter(graph), []
    place = {key: number for number, key in enumerate(steps)}
    taken = set().union(*graph.values()) if graph else set()
    sorter.prepare()
    while sorter.is_active():
        # what nobody takes up comes before the branch that leads on
        ready = sorted(sorter.get_ready(), key=lambda key: (key in taken, place[key]))
        order += ready
        sorter.done(*ready)
    return order


def _lanes(steps: dict[str, Quotation], order: list[str]) -> dict[str, int]:
    """A lane for each step: the first for the way to the last step, others where they are free."""
    lane = dict.fromkeys(_way(steps, order), 0)
    busy: dict[int, int] = {}
    place = {key: row for row, key in enumerate(order)}
    for key in order:
        if key in lane:
            continue
        begins = min((place[one] for one in steps[key].quotes if one in place), default=place[key])
        takers = [place[other] for other in order if key in steps[other].quotes]
        free = next(at for at in range(1, len(order) + 1) if busy.get(at, -1) <= begins)
        lane[key], busy[free] = free, max([place[key], *takers])
    return lane


def _way(steps: dict[str, Quotation], order: list[str]) -> list[str]:
    """The longest way back from the last step."""
    length = {}
    for key in order:
        before = [length[one] for one in steps[key].quotes if one in length]
        length[key] = 1 + max(before, default=0)
    way = [order[-1]]
    while known := [one for one in steps[way[-1]].quotes if one in length]:
        way.append(max(known, key=length.get))
    return way


def _edges(steps: dict[str, Quotation], order: list[str], lane: dict[str, int]) -> list[_Edge]:
    """Every quotation with a lane of its own, in which no other step stands between its ends."""
    place = {key: row for row, key in enumerate(order)}
    edges: list[_Edge] = []
    pairs = [(one, key) for key in order for one in steps[key].quotes if one in steps]
    for origin, taker in pairs:
        first, last = place[origin], place[taker]
        taken = {lane[key] for key in order[first + 1 : last]}
        taken |= {edge.lane for edge in edges if edge.first < last and first < edge.last}
        wanted = max(lane[origin], lane[taker])
        between = {lane[key] for key in order[first + 1 : last]}
        free = next(at for at in range(1, len(pairs) + len(order)) if at not in taken)
        chosen = wanted if wanted not in between else free
        edges.append(_Edge(origin, taker, first, last, chosen))
    return edges


def _line(edge: _Edge, row: int, lane: dict[str, int], steps: dict[str, Quotation]) -> str:
    """The part of an edge that passes a row; empty where it does not."""
    if not edge.first <= row <= edge.last:
        return ""
    origin, taker = edge.origin, edge.taker
    own, start, end = (EDGE + APART * at for at in (edge.lane, lane[origin], lane[taker]))
    kind = "read" if steps[origin].seen and steps[taker].seen else "inferred"
    if row == edge.first:
        path = f"M{start} {MIDDLE}C{start} 85 {own} 70 {own} {TALL}"
    elif row == edge.last:
        path = f"M{own} 0C{own} 30 {end} 15 {end} {MIDDLE}"
    else:
        path = f"M{own} 0V{TALL}"
    return f'<path class="{kind}" d="{path}"></path>'


def _dot(step: Quotation, lane: int) -> str:
    """A mark at a step: a line of no length, which stays round when its row is stretched."""
    kind = "read" if step.seen else "inferred"
    return f'<path class="dot {kind}" d="M{EDGE + APART * lane} {MIDDLE}h0"></path>'

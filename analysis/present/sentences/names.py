"""Names that readers know in place of keys; what is no key of a register stays as it is."""

from analysis.registers import lookup
from analysis.registers.metrics import METRICS


def source_name(key: str) -> str:
    """Give the short name of a source.

    Examples
    --------
    >>> source_name("instagram-kim"), source_name("my-posts")
    ('Instagram (Kim et al.)', 'my-posts')
    """
    known = lookup.sources()
    return known[key].short if key in known else key


def scheme_name(key: str) -> str:
    """Give the short name of a tier scheme.

    Examples
    --------
    >>> scheme_name("decades")
    'Decades (yardstick)'
    """
    known = lookup.schemes()
    return known[key].short if key in known else key


def metric_title(key: str) -> str:
    """Give the title of a metric.

    Examples
    --------
    >>> metric_title("likes_per_post")
    'likes per post'
    """
    return METRICS[key].title if key in METRICS else key

"""Names that readers know in place of keys; what is no key of a register stays as it is."""

from analysis.registers import lookup
from analysis.registers.metrics import METRICS


def source_name(key: str) -> str:
    """Give the short name of a source, of posts or of prices, or of one of each.

    Examples
    --------
    >>> source_name("instagram-kim"), source_name("my-posts")
    ('Instagram (Kim et al.)', 'my-posts')
    """
    return " with ".join(map(_short, key.split("+")))


def _short(key: str) -> str:
    known = {**lookup.price_lists(), **lookup.sources()}
    if key in known:
        return known[key].short
    # a list of prices has a source for each kind of post
    of = next((name for name in lookup.price_lists() if key.startswith(f"{name}-")), "")
    return f"{known[of].short}, {key.removeprefix(f'{of}-')}" if of else key


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


PLATFORM_NAMES = {"tiktok": "TikTok", "youtube": "YouTube", "linkedin": "LinkedIn"}
"""Names of platforms that are not just their key with a capital letter."""


def platform_name(key: str) -> str:
    """Give the name of a platform as it writes itself.

    Examples
    --------
    >>> platform_name("tiktok"), platform_name("instagram")
    ('TikTok', 'Instagram')
    """
    return PLATFORM_NAMES.get(key, key.capitalize())

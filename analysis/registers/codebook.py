"""The codebook of published figures: every column, what it holds and what it may say."""

from dataclasses import dataclass

from analysis.registers.records import PLATFORMS


@dataclass(frozen=True)
class Field:
    """One column of a published figure."""

    name: str  # as it stands in the header
    # ``"text"``, ``"number"`` (zero or more), ``"year"``, or ``"word"`` (one of `allowed`)
    type: str
    meaning: str  # what it holds
    required: bool = False  # whether an empty cell is refused
    allowed: tuple[str, ...] = ()  # every value of a word


def _word(name: str, meaning: str, *allowed: str) -> Field:
    return Field(name, "word", meaning, required=True, allowed=allowed)


FIELDS = (
    Field("id", "text", "the figure; never used twice", required=True),
    Field("original_source", "text", "who made the number, as far as the page says", required=True),
    Field("data_owner", "text",
          "who holds the data that were counted: one vote each, however often it is restated",
          required=True),
    Field("title", "text", "what the number comes from", required=True),
    Field("data_year", "year", "year the data stand for; empty if undated"),
    Field("publisher_seen", "text", "who published the page on which it was read", required=True),
    Field("url_seen", "text", "address of that page", required=True),
    _word("platform", "where the posts stand", *PLATFORMS, "telegram", "offline", "several", "all",
          "not stated"),
    Field("tier_label", "text", "the publisher's word for the follower range", required=True),
    Field("followers_min", "number",
          "lower edge [followers], inclusive; empty if open or not printed"),
    Field("followers_max", "number",
          "upper edge [followers], exclusive; empty if open or not printed"),
    _word("metric_group", "what kind of figure; also the name of its file", "conversion", "cost",
          "cpm", "egc", "engagement", "fraud", "impact_share", "likes", "market", "reach", "roi",
          "sample", "survey"),
    Field("metric", "text", "what was measured", required=True),
    Field("denominator", "text",
          "what it is divided by, in the publisher's words; empty if it is divided by nothing"),
    _word("per", "the denominator in one word, as we read it", "followers", "views", "impressions",
          "reach", "engagements", "post", "people asked", "accounts", "spend", "views or followers",
          "impressions or views", "other", "not stated"),
    _word("statistic", "how it was summed up; a wording that says more stands in `note`", "mean",
          "mean claimed", "median", "median with quartiles", "median of account medians", "range",
          "share", "count", "estimate", "grade", "limit", "direction", "ratio", "change",
          "correlation", "rule of thumb", "experience", "not stated"),
    Field("value", "number",
          "the figure in `unit`; empty if a range or only a direction was printed"),
    Field("value_low", "number", "lower end of the range, or lower quartile"),
    Field("value_high", "number", "upper end of the range, or upper quartile"),
    _word("unit", "of value, value_low and value_high; none where only a direction was printed",
          "percent", "ratio", "correlation", "USD", "GBP", "USD billion", "EUR per follower",
          "USD per 1000 followers", "USD per 1000 impressions", "EUR per 1000 impressions",
          "USD per 1000 reached", "USD per USD", "USD EMV per USD", "followers", "influencers",
          "accounts", "million accounts", "posts", "views", "likes", "none"),
    Field("n", "number", "how many units the figure, or the whole study, rests on"),
    Field("n_unit", "text", "what `n` counts"),
    Field("data_period", "text", "when the data were made, as printed"),
    Field("geography", "text", "where, as printed; not stated if the page does not say",
          required=True),
    _word("directness",
          "how close the page is to the number's maker; in part: only its beginning, or without "
          "its charts, was readable",
          "primary", "primary, in part", "secondary", "secondary, in part",
          "secondary, source not given", "tertiary"),
    _word("confidence", "how far the reading is trusted; low is never pooled", "high", "medium",
          "low"),
    _word("evidence_class", "what stands behind it", "open data", "academic",
          "vendor or agency data report", "survey", "modelled estimate", "rule of thumb",
          "vendor claim without method", "unsourced or unverified claim"),
    Field("series_id", "text", "the same for every restatement of one study or rate card",
          required=True),
    Field("note", "text", "our remarks"),
)  # fmt: skip

PUBLISHED: dict[str, Field] = {field.name: field for field in FIELDS}
"""Every column by name, in the order of the files."""

NUMBERS: tuple[str, ...] = tuple(field.name for field in FIELDS if field.type in ("number", "year"))

"""The search of the first page: words find claims however they are written, and a pasted sentence
gets the claim that it repeats, whose tiers, the verdict and what to say instead.
"""

import pytest

from analysis.registers.lookup import claims

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed, so no page is opened"
)

PASTED = {
    "Micro influencers drive 60% more engagement than macro influencers": "D06",
    "Smaller creators see up to sixty percent higher interaction rates than the big names.": "D06",
    "Micro-influencers generate 1.6x the engagement of macro-influencers (Social Bakers)": "D06",
    "…and their followers convert 20 % better than those of macros": "D07",
    "Twenty percent higher conversion rates make micro-influencers the smarter buy": "D07",
    "Micros sell 20 per cent more than macro influencers do": "D07",
    "In terms of engagement, micro and macro influencers perform about the same": "A12",
    "There is no difference in engagement rate between macro- and micro-influencers": "A12",
    "Past 100k followers, engagement rates start to drop": "C09",
    "Once an account exceeds a hundred thousand followers its engagement rate declines": "C09",
    "The smaller the account, the higher the engagement on Instagram, TikTok and Twitter": "C08",
    "Large influencers are cheaper per thousand (lower CPM)": "A15",
    "Micro-influencers have between 10k and 100k followers": "B04",
    "A micro influencer is someone with 1,000-4,999 followers": "D02",
    "The average engagement rate of micro-influencers is 5%, the best of every tier": "D04",
    "Influencer marketing was worth $16.4bn in 2022": "D01",
    "88% say authenticity matters and brands must care about their interests": "D12",
    "On TikTok micro influencers with up to 100K followers average 7.23%": "C11",
    "A post by a macro-influencer can cost half a million dollars": "C27",
    "Economies of scale: a handful of big creators takes less time than hundreds of micros": "A14",
    "33 % of employees already post about their company unprompted": "B17",
    "Macro-influencers beat micro on total likes, total comments and reach": "A13",
    "As creators grow to mid-tier or macro size, their engagement falls": "D09",
    "People trust micro-influencers, so their engagement and conversion rates are higher": "D27",
    "A good agency or plenty of cash? Go macro. New and small businesses should go micro": "C29",
    "Ignore profiles inflated by fake followers": "C34",
    "Did you know? Micro creators deliver +60% engagement vs. macro": "D06",
    "Conversion is one fifth higher with small influencers": "D07",
    "Micro and macro perform equally well on engagement": "A12",
    "Macro posts get way less engagement even though they go viral": "C38",
    "42% of marketers think employees are afraid of saying the wrong thing": "B21",
    "Macros guarantee visibility": "C22",
    "The fewer followers, the better the engagement": "C08",
}
"""Sentences as they stand on slides, none of them in the words of the register."""

FOUND = {
    "60%": "D06", "60 %": "D06", "60 percent": "D06", "sixty": "D06", "sixty percent": "D06",
    "ROI": "C17", "convert": "D07", "CPM": "A15", "20 %": "D07", "100,000": "C09", "100K": "C09",
    "fake followers": "C34", "trust": "B31", "economies of scale": "A14", "authentic": "D12",
}  # fmt: skip
"""What one types, and a claim that must be among those that are shown."""


@pytest.fixture(scope="module")
def page(browser, published):
    """The first page, in a browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.wrong = []
    opened.on("console", lambda message: opened.wrong.append(message.text))
    opened.on("pageerror", lambda error: opened.wrong.append(str(error)))
    opened.goto(f"{published.as_uri()}/index.html")
    yield opened
    assert opened.wrong == []
    context.close()


def shown(page):
    """Claims in sight."""
    return page.evaluate(
        """[...document.querySelectorAll("#groups [data-entry]")]
             .filter((one) => one.checkVisibility()).map((one) => one.id)"""
    )


def nearest(page, sentence):
    """The claim that a pasted sentence gets."""
    page.fill("#find", sentence)
    link = page.locator("#nearest a").first
    return link.get_attribute("href").lstrip("#") if link.count() else ""


@pytest.mark.parametrize("typed", FOUND)
def test_a_word_finds_its_claim_however_it_is_written(page, typed):
    page.fill("#find", typed)
    assert FOUND[typed] in shown(page)
    assert len(shown(page)) < 45
    assert page.locator("#nearest").is_hidden()


def test_a_pasted_sentence_gets_the_claim_that_it_repeats(page):
    got = {sentence: nearest(page, sentence) for sentence in PASTED}
    wrong = {sentence: key for sentence, key in got.items() if key != PASTED[sentence]}
    assert len(PASTED) >= 20
    assert len(wrong) <= len(PASTED) // 10, wrong


def test_the_claim_in_its_own_words_is_its_own_nearest(page):
    wrong = {key: got for key, claim in claims().items()
             if (got := nearest(page, f"They say: {claim.paraphrase}")) != key}  # fmt: skip
    assert wrong == {}


def test_the_answer_to_a_sentence_has_verdict_tiers_and_what_to_say_instead(page):
    page.fill("#find", "Micro influencers drive 60% more engagement than macro influencers")
    text = page.locator("#nearest").inner_text()
    assert "Contradicted on Instagram" in text and "38 % more" in text
    assert "1K to 5K against 10K to 25K followers" in text
    assert "Say instead: On Instagram" in text
    page.click("#nearest a >> nth=0")
    playwright.expect(page.locator("#D06 .say")).to_be_visible()


@pytest.mark.parametrize(
    "sentence", ["The weather on Tuesday was lovely", "Coffee consumption rose in Brazil", "?"]
)
def test_a_sentence_that_repeats_no_claim_gets_none(page, sentence):
    assert nearest(page, sentence) == ""


def test_an_empty_search_shows_the_groups_closed(page):
    page.fill("#find", "sixty")
    page.click(".finder button[type=reset]")
    playwright.expect(page.locator("details.group[open]")).to_have_count(0)
    assert page.locator("details.group:visible").count() == page.locator("details.group").count()


def test_a_link_to_a_claim_opens_it_and_a_link_to_a_search_repeats_it(page, published):
    page.goto("about:blank")
    page.goto(f"{published.as_uri()}/index.html#A14")
    playwright.expect(page.locator("#A14 .say")).to_be_visible()
    page.goto("about:blank")
    page.goto(f"{published.as_uri()}/index.html#find=sixty")
    assert "D06" in shown(page) and page.input_value("#find") == "sixty"

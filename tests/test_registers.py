"""The registers in data/ hold what they say, and faults in them are named in sentences."""

import hashlib
import re
from collections import Counter
from graphlib import TopologicalSorter
from importlib.util import find_spec

import pytest
from pydantic import ValidationError

from analysis import paths
from analysis.errors import RegisterError
from analysis.estimate.registry import estimator_of
from analysis.registers import lookup
from analysis.registers.claims import Claim, Disagreement, Quotation, Study, Test
from analysis.registers.lookup import read_register
from analysis.registers.records import Source, TierScheme
from analysis.registers.statements import Statement

RAW = paths.ROOT.parent / "shared" / "datasets"
COLUMNS = (
    "mediakix-instagram",
    "tint",
    "macro-or-micro-first",
    "macro-or-micro-second",
    "harvard-media",
)
LABELS = {
    700: (None, "nano", None, None, "nano"),
    2_000: (None, "nano", None, None, "micro"),
    7_000: (None, "nano", "micro", None, "mid-tier"),
    15_000: ("micro", "micro", None, "micro", "macro"),
    30_000: ("micro", "micro", None, "micro", "mega"),
    60_000: ("micro", "micro", None, "micro", "all-star"),
    150_000: ("macro", None, "macro", "macro", "all-star"),
    300_000: ("macro", None, "macro", "macro", "all-star"),
    2_000_000: ("macro", None, "macro", "macro", "all-star"),
}
MATRIX = [
    (scheme, followers, label)
    for followers, row in LABELS.items()
    for scheme, label in zip(COLUMNS, row, strict=True)
]
FILES = [(source.folder, file) for source in lookup.sources().values() for file in source.files]


def tier_of(scheme, followers):
    """Name of the tier that holds so many followers, or None."""
    for tier in scheme.tiers:
        if tier.lower <= followers and (tier.upper is None or followers < tier.upper):
            return tier.name
    return None


def faults_of(tmp_path, record, text, **common):
    """What the reader says about a register with this text."""
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RegisterError) as error:
        read_register(path, record, **common)
    assert str(path) in str(error.value)
    return str(error.value)


REGISTERS = (
    lookup.schemes, lookup.sources, lookup.price_lists, lookup.documents, lookup.claims,
    lookup.disagreements, lookup.studies, lookup.quotations,
)  # fmt: skip


@pytest.mark.parametrize("register", REGISTERS, ids=lambda register: register.__name__)
def test_every_register_loads_and_holds_records_under_their_keys(register):
    records = register()
    assert records
    assert [record.key for record in records.values()] == list(records)


def test_the_claims_of_a_document_are_numbered_without_a_gap():
    for document in lookup.documents().values():
        keys = [key for key in lookup.claims() if key.startswith(document.letter)]
        assert keys == [f"{document.letter}{number + 1:02}" for number in range(len(keys))]
        assert keys, f"{document.key} has no claim"


@pytest.mark.parametrize("claim", lookup.claims().values(), ids=lambda claim: claim.key)
def test_a_claim_says_what_would_answer_it_and_which_evidence_can(claim):
    assert claim.estimand.endswith(".")
    assert claim.settled_by
    assert len(set(claim.settled_by)) == len(claim.settled_by)
    assert claim.settled_by == ("nothing open",) or "nothing open" not in claim.settled_by
    if claim.tests:
        assert {"open observations", "own data"} & set(claim.settled_by)
    if claim.by_reading:
        assert "reading" in claim.settled_by
    if claim.settled_by == ("nothing open",):
        assert claim.data_request and not claim.tests and not claim.by_reading


def test_no_paraphrase_is_shared_by_two_claims():
    said = Counter(claim.paraphrase.casefold() for claim in lookup.claims().values())
    assert [paraphrase for paraphrase, count in said.items() if count > 1] == []


@pytest.mark.parametrize("claim", lookup.claims().values(), ids=lambda claim: claim.key)
def test_what_should_be_done_or_will_be_or_is_no_matter_of_means_is_not_put_to_a_contrast(claim):
    if claim.kind in {"forecast", "anecdote", "opinion"}:
        assert claim.tests == ()
    if claim.kind in {"recommendation", "spread", "threshold", "slope"}:
        assert "contrast" not in {test.estimator for test in claim.tests}


def test_every_disagreement_names_registered_claims_and_has_two_sides():
    for one in lookup.disagreements().values():
        assert {key for position in one.positions for key in position.claims} <= set(
            lookup.claims()
        )
        assert len({position.says for position in one.positions}) == len(one.positions) >= 2


@pytest.mark.parametrize("study", lookup.studies().values(), ids=lambda study: study.key)
def test_a_study_bears_on_registered_claims_and_says_what_was_seen_of_it(study):
    assert set(study.bears_on) <= set(lookup.claims())
    assert len(set(study.bears_on)) == len(study.bears_on)
    assert study.key.endswith(str(study.year))
    assert study.seen_in
    assert study.verified or study.caution


@pytest.mark.parametrize("claim", lookup.claims().values(), ids=lambda claim: claim.key)
def test_a_claim_that_studies_can_settle_has_a_study_that_bears_on_it(claim):
    if "academic studies" in claim.settled_by:
        assert [study.key for study in lookup.studies().values() if claim.key in study.bears_on]


def test_quotations_form_a_graph_without_circles_whose_steps_exist():
    steps = lookup.quotations()
    graph = {key: set(step.quotes) for key, step in steps.items()}
    assert {key for quoted in graph.values() for key in quoted} <= set(steps)
    assert set(TopologicalSorter(graph).static_order()) == set(steps), (
        "static_order refuses a circle"
    )
    assert {step.claim for step in steps.values()} <= set(lookup.claims())


def test_a_figure_is_quoted_on_the_way_of_one_claim_only():
    steps = lookup.quotations()
    assert [
        (key, quoted)
        for key, step in steps.items()
        for quoted in step.quotes
        if steps[quoted].claim != step.claim
    ] == []


def origins(steps, key):
    """The steps without `quotes` at which every trail that leads back from a step ends."""
    return (
        {origin for quoted in steps[key].quotes for origin in origins(steps, quoted)}
        if steps[key].quotes
        else {key}
    )


def test_every_trail_of_the_twenty_and_the_sixty_percent_ends_in_its_origin():
    steps = lookup.quotations()
    ends = {
        claim: set().union(*(origins(steps, key) for key in steps if steps[key].claim == claim))
        for claim in ("D06", "D07")
    }
    assert ends["D07"] == {"conversations"}
    assert ends["D06"] == {"hellosociety-sixty", "hellosociety-times", "hellosociety-rates"}
    assert not any(steps[key].quotes for found in ends.values() for key in found)


def test_the_link_that_is_inferred_is_the_last_step_that_the_notebook_shows():
    way = [step for step in lookup.quotations().values() if step.claim == "D07"]
    assert [step.key for step in way if not step.seen] == ["link"] == [way[-1].key]


def test_every_document_of_a_claim_or_scheme_exists_and_lends_the_claim_its_letter():
    documents = lookup.documents()
    assert {scheme.document for scheme in lookup.schemes().values()} - {""} <= set(documents)
    for claim in lookup.claims().values():
        assert claim.key.startswith(documents[claim.document].letter)


def test_every_document_has_its_own_letter():
    letters = [document.letter for document in lookup.documents().values()]
    assert len(set(letters)) == len(letters)


@pytest.mark.parametrize("scheme", lookup.schemes().values(), ids=lambda scheme: scheme.key)
def test_the_edges_of_a_scheme_are_in_order_and_only_its_ends_are_open(scheme):
    edges = [edge for tier in scheme.tiers for edge in (tier.lower, tier.upper)]
    assert None not in edges[:-1]
    assert 0 not in edges[1:]
    finite = [edge for edge in edges if edge is not None]
    assert finite == sorted(finite)
    assert scheme.edges == tuple(sorted(set(finite) - {0}))
    assert len(set(scheme.names)) == len(scheme.names)


def test_a_scheme_has_a_label_short_enough_for_a_figure_and_no_other_has_the_same():
    shorts = [scheme.short for scheme in lookup.schemes().values()]
    assert max(map(len, shorts)) <= 26
    assert len(set(shorts)) == len(shorts)


@pytest.mark.parametrize(("key", "followers", "label"), MATRIX)
def test_an_account_is_called_what_each_document_calls_it(key, followers, label):
    assert tier_of(lookup.scheme(key), followers) == label


def test_no_number_of_followers_is_micro_in_every_document():
    schemes = [lookup.scheme(key) for key in COLUMNS]
    edges = sorted({edge for scheme in schemes for edge in scheme.edges})
    assert not [
        edge for edge in [0, *edges] if all(tier_of(scheme, edge) == "micro" for scheme in schemes)
    ]


def test_an_account_can_be_macro_on_instagram_and_nameless_on_youtube():
    assert tier_of(lookup.scheme("mediakix-instagram"), 150_000) == "macro"
    assert tier_of(lookup.scheme("mediakix-youtube-facebook"), 150_000) is None
    assert tier_of(lookup.scheme("mediakix-youtube-facebook"), 300_000) == "macro"


@pytest.mark.parametrize("claim", lookup.claims().values(), ids=lambda claim: claim.key)
def test_a_test_compares_tiers_of_the_scheme_the_claim_uses(claim):
    for test in claim.tests:
        estimator = estimator_of(test)
        if not estimator.tiered:
            assert not estimator.compares_sources or test.versus in lookup.sources()
            continue
        names = lookup.scheme(claim.scheme).names
        if test.proxy and test.of not in names:  # the tiers of others are asked about it
            assert not any(one.versus in names and one.of in names for one in claim.own_tests)
            names = next(one.names for one in lookup.schemes().values() if test.of in one.names)
        assert test.of in names
        assert test.versus in {*names, "", "every other tier"} - {test.of}


@pytest.mark.parametrize("claim", lookup.claims().values(), ids=lambda claim: claim.key)
def test_a_definition_is_settled_by_reading_and_if_it_is_of_a_tier_names_its_scheme(claim):
    if claim.kind == "definition":
        assert claim.by_reading and not claim.tests
        assert claim.scheme or claim.key in {"C30", "B36", "B37"}, "these define no tier"


def test_a_causal_claim_is_not_put_to_a_contrast_between_creators():
    causal = [claim for claim in lookup.claims().values() if claim.kind == "causal"]
    tests = [test for claim in causal for test in claim.own_tests]
    assert {test.estimator for test in tests} == {"within creators"}
    for claim in causal:
        # such a slope is not causal either, and the register says what it leaves out
        assert not claim.own_tests or "is not causal either" in claim.presumes


@pytest.mark.parametrize("notebook", sorted({claim.notebook for claim in lookup.claims().values()}))
def test_every_claim_names_an_existing_notebook(notebook):
    assert (paths.NOTEBOOKS / f"{notebook}.ipynb").is_file()


@pytest.mark.parametrize(
    "adapter", sorted({source.adapter for source in lookup.sources().values()})
)
def test_the_adapter_of_every_source_exists(adapter):
    assert find_spec(f"analysis.moments.sources.{adapter}") is not None


@pytest.mark.parametrize(("folder", "file"), FILES, ids=lambda part: getattr(part, "name", part))
def test_the_hash_of_a_raw_file_is_the_registered_one(folder, file):
    if not (RAW / folder).is_dir():
        pytest.skip("the raw data sets are not part of the repository and are not beside it here")
    assert hashlib.sha256((RAW / folder / file.name).read_bytes()).hexdigest() == file.sha256


SCHEME = """
[some-scheme]
title = "t"
short = "s"
cite = "c"
"""


def test_a_file_that_is_not_toml_is_named(tmp_path):
    assert "is not valid TOML" in faults_of(tmp_path, TierScheme, "[some-scheme")


def test_an_unknown_field_is_named_with_the_fields_there_are(tmp_path):
    fault = faults_of(tmp_path, TierScheme, SCHEME + 'colour = "red"\ntiers = [{ name = "micro" }]')
    assert "[some-scheme] colour:" in fault
    assert "Fields: key, title, short, cite" in fault


def test_a_missing_field_is_named(tmp_path):
    assert "[some-scheme] tiers: Field required" in faults_of(tmp_path, TierScheme, SCHEME)


def test_overlapping_tiers_are_named(tmp_path):
    tiers = 'tiers = [{ name = "micro", upper = 20 }, { name = "macro", lower = 10 }]'
    assert "tiers 'micro' and 'macro' overlap or are out of order" in faults_of(
        tmp_path, TierScheme, SCHEME + tiers
    )


def test_an_open_tier_below_another_one_overlaps_it(tmp_path):
    tiers = 'tiers = [{ name = "micro", lower = 5 }, { name = "macro", lower = 10 }]'
    assert "tiers 'micro' and 'macro' overlap" in faults_of(tmp_path, TierScheme, SCHEME + tiers)


def test_a_tier_that_ends_below_its_start_is_named(tmp_path):
    tiers = 'tiers = [{ name = "micro", lower = 20, upper = 10 }]'
    assert "tier 'micro': upper edge 10 must lie above lower edge 20" in faults_of(
        tmp_path, TierScheme, SCHEME + tiers
    )


def test_an_unknown_platform_is_named_with_the_platforms_there_are(tmp_path):
    fault = faults_of(
        tmp_path, TierScheme, SCHEME + 'platforms = ["myspace"]\ntiers = [{ name = "micro" }]'
    )
    assert "[some-scheme] platforms.0:" in fault
    assert "'instagram'" in fault and "got 'myspace'" in fault


CLAIM = """
[A01]
paraphrase = "p"
kind = "ratio"
notebook = "n"
"""


def test_an_unknown_metric_of_a_test_is_named_with_the_metrics_there_are(tmp_path):
    text = CLAIM + '[[A01.tests]]\nmetric = "charm"\nof = "micro"\nrelation = "equals"\nvalue = 1.0'
    fault = faults_of(tmp_path, Claim, text, document="d")
    assert "[A01] tests.0:" in fault
    assert "metric 'charm' is not registered. Registered: engagement_per_follower," in fault


def test_an_unknown_metric_of_a_source_is_named_with_the_metrics_there_are(tmp_path):
    text = """
    [some-source]
    title = "t"
    short = "s"
    producer = "p"
    cite = "c"
    platform = "tiktok"
    row = "r"
    period = "p"
    licence = "l"
    selection = "unknown"
    engagement = "charm"
    """
    assert "metric 'charm' is not registered. Registered: engagement_per_follower," in faults_of(
        tmp_path, Source, text
    )


def test_a_claim_that_nothing_could_answer_is_refused(tmp_path):
    assert "a claim needs tests, or by_reading" in faults_of(tmp_path, Claim, CLAIM, document="d")


NEEDED = {
    Statement: """
[A001]
lines = [1, 1]
says = "s."
""",
    Disagreement: """
[some-topic]
topic = "t"
positions = [{ says = "one", claims = ["A12"] }, { says = "two", claims = ["D06"] }]
resolvable_by = "r"
""",
    Study: """
[some-study]
cite = "c"
year = 2024
design = "field"
platform = "p"
n = "n"
outcome = "o"
size_effect = "s"
result = "r"
seen_in = "an abstract"
verified = false
bears_on = ["D07"]
""",
    Quotation: """
[some-step]
claim = "D07"
who = "w"
says = "s"
seen = true
""",
    Claim: f"""{CLAIM}document = "d"
[[A01.tests]]
metric = "engagement"
relation = "equals"
value = 1.0
""",
}
MISSING = [
    (record, line.split(" = ")[0])
    for record, text in NEEDED.items()
    for line in text.splitlines()
    if " = " in line
]


@pytest.mark.parametrize(("record", "field"), MISSING, ids=str)
def test_an_entry_without_a_field_that_it_needs_is_refused_by_name(tmp_path, record, field):
    text = NEEDED[record]
    lines = [line for line in text.splitlines() if not line.startswith(f"{field} = ")]
    more = '\nno_claim = "A heading."' if record is Statement else ""
    fault = faults_of(tmp_path, record, "\n".join(lines) + more)
    assert re.search(rf"\](?: tests\.0\.| ){field}: Field required", fault)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('{ says = "two", claims = ["D06"] }', "", "positions"),
        ('claims = ["D06"]', "claims = []", "positions.1.claims"),
    ],
)
def test_a_disagreement_has_two_sides_and_each_of_them_a_claim(tmp_path, old, new, said):
    fault = faults_of(tmp_path, Disagreement, NEEDED[Disagreement].replace(old, new))
    assert f"[some-topic] {said}: " in fault


def test_a_test_of_a_proxy_that_does_not_say_what_was_seen_is_refused(tmp_path):
    text = NEEDED[Claim] + 'proxy = "gifts"'
    said = "a test of a proxy ('gifts') says in seen what was known of its data"
    assert said in faults_of(tmp_path, Claim, text)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"stratum": "sponsored"}, "has a stratum and its level, or neither"),
        ({"level": "yes"}, "has a stratum and its level, or neither"),
        ({"estimator": "contrast within"}, "needs a stratum, within whose levels"),
        (
            {"estimator": "contrast within", "stratum": "brand", "level": "one"},
            "needs a stratum, within whose levels it compares, and no level",
        ),
    ],
)
def test_posts_of_a_test_are_those_of_a_level_or_all_or_within_each_level(fields, said):
    common = {"metric": "engagement", "of": "micro", "versus": "macro", "relation": "equals"}
    with pytest.raises(RegisterError, match=said):
        estimator_of(Test(**common, value=1.0, **fields))


def test_every_fault_of_a_file_is_named_at_once(tmp_path):
    text = (
        SCHEME + 'colour = "red"\n' + SCHEME.replace("some", "other") + 'tiers = []\nyear = "then"'
    )
    fault = faults_of(tmp_path, TierScheme, text)
    for place in (
        "[some-scheme] colour:",
        "[some-scheme] tiers:",
        "[other-scheme] tiers:",
        "[other-scheme] year:",
    ):
        assert place in fault
    assert len(fault.splitlines()) == 4


@pytest.mark.parametrize(
    ("document", "scheme", "fault"),
    [
        ("tint", "0.0.0", "'0.0.0' is not registered. Registered: mediakix"),
        ("tint", "harvard-media", "'harvard-media' is a scheme of quantumrun, and a claim is about "
         "the tiers of its own document. Allowed: tint."),
        ("tint", "decades", "'decades' is a scheme of no document, and"),
        ("another", "tint", "'tint' is a scheme of tint, and a claim is about the tiers of its own "
         "document. Allowed: none yet; add one with document = 'another' to tiers.toml."),
    ],
)  # fmt: skip
def test_a_claim_is_only_about_the_schemes_of_its_own_document(
    document, scheme, fault, tmp_path, monkeypatch
):
    table = '[document]\nletter = "A"\ntitle = "t"\ncite = "c"\n'
    (tmp_path / f"{document}.toml").write_text(
        f'{table}{CLAIM}scheme = "{scheme}"\nby_reading = "f"', encoding="utf-8"
    )
    monkeypatch.setattr(paths, "CLAIMS", tmp_path)
    place = f"{document}.toml [A01] scheme: {fault}"
    with pytest.raises(RegisterError, match=re.escape(place)):
        lookup.claims.__wrapped__()


REGISTERS_THAT_NAME_OTHERS = [
    (
        lookup.quotations,
        "quotations.toml",
        '[some]\nclaim = "D07"\nwho = "w"\nsays = "s"\nseen = true\nquotes = ["0.0.0"]',
        "quotes",
    ),
    (
        lookup.quotations,
        "quotations.toml",
        '[some]\nclaim = "0.0.0"\nwho = "w"\nsays = "s"\nseen = true',
        "claim",
    ),
    (
        lookup.disagreements,
        "disagreements.toml",
        '[some]\ntopic = "t"\nresolvable_by = "r"\npositions = [{ says = "a", claims = ["0.0.0"] '
        '}, { says = "b", claims = ["D06"] }]',
        "positions",
    ),
    (
        lookup.studies,
        "studies.toml",
        '[some]\ncite = "c"\nyear = 2020\ndesign = "field"\nplatform = "p"\nn = "n"\noutcome = '
        '"o"\nsize_effect = "s"\n'
        'result = "r"\nseen_in = "a"\nverified = true\nbears_on = ["0.0.0"]',
        "bears_on",
    ),
]


@pytest.mark.parametrize(
    ("register", "file", "text", "field"),
    REGISTERS_THAT_NAME_OTHERS,
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_a_name_that_no_register_holds_is_refused_with_the_names_there_are(
    tmp_path, monkeypatch, register, file, text, field
):
    (tmp_path / file).write_text(text, encoding="utf-8")
    lookup.claims()
    monkeypatch.setattr(paths, "DATA", tmp_path)
    with pytest.raises(
        RegisterError, match=rf"{file} \[some\] {field}: '0.0.0' is not registered. Registered: \w+"
    ):
        register.__wrapped__()


def test_asking_for_an_unknown_record_says_which_exist():
    with pytest.raises(
        RegisterError,
        match=r"tier scheme '0.0.0' is not registered. Registered: mediakix-instagram,",
    ):
        lookup.scheme("0.0.0")
    with pytest.raises(RegisterError, match=r"claim 'Z99' is not registered. Registered: A01,"):
        lookup.claim("Z99")


def test_a_threshold_is_any_number_and_the_card_of_a_claim_shows_it():
    fields = {"metric": "engagement", "estimator": "reliability", "relation": "at_least"}
    tests = [Test(**fields, value=0.8, at=at) for at in (10, 0.25)]
    assert [test.at for test in tests] == [10, 0.25]
    assert isinstance(tests[0].at, int)

    claim = lookup.claim("A14").model_copy(update={"tests": tuple(tests)})

    assert "test 1: reliability at 10: at least" in repr(claim)
    assert "test 2: reliability at 0.25: at least" in repr(claim)
    with pytest.raises(ValidationError):
        Test(**fields, value=0.8, at="ten")

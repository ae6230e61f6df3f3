import pytest

from finance_app.i18n.check import differences, read_uses

REFERENCE = {"a.title": "Hello {name}", "a.count": {"one": "{n} log", "other": "{n} logs"}}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"a.title": None}, "fr: a.title is missing"),
        ({"a.more": "x"}, "fr: a.more is not in en"),
        ({"a.title": "Bonjour {nom}"}, "fr: a.title has other placeholders than en"),
        ({"a.title": ""}, "fr: a.title is empty"),
        ({"a.count": "{n} journaux"}, "fr: a.count is a plural in one language only"),
        ({"a.count": {"other": "{n}"}}, "fr: a.count has no form one"),
    ],
)
def test_each_difference_between_languages_is_found(change, fault):
    texts = {key: text for key, text in (REFERENCE | change).items() if text is not None}
    assert fault in list(differences("fr", texts, REFERENCE))


def test_equal_catalogues_have_no_difference():
    assert not list(differences("fr", dict(REFERENCE), REFERENCE))


def test_a_form_may_leave_out_a_placeholder_that_another_has():
    texts = REFERENCE | {"a.count": {"one": "un journal", "other": "{n} journaux"}}
    assert not list(differences("fr", texts, REFERENCE))


def test_the_code_s_uses_are_found(tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    (app / "page.py").write_text(
        'tr("a.title")\nt(locale, "a.count", n=1)\n'
        'f"a.state.{state}"\n"a.kind." + kind\nraise Refused("error.x")\n'
    )
    (app / "page.html").write_text("{{ t('a.html') }}{{ t(locale, \"a.with_locale\") }}")
    uses = read_uses(app)
    assert uses.asked == {
        "a.title": "app/page.py:1",
        "a.count": "app/page.py:2",
        "a.html": "app/page.html",
        "a.with_locale": "app/page.html",
    }
    for key in ("a.title", "a.count", "a.html", "a.state.paid", "a.kind.new", "error.x"):
        assert uses.cover(key)
    assert not uses.cover("a.other")


def test_every_way_to_ask_for_a_text_is_known(tmp_path):
    (tmp_path / "state.py").write_text(
        'self._t("a.said")\ntranslate("a.row", n=1)\ntext("a.bar")\nraise DomainError("a.error.none")\n'
    )
    assert set(read_uses(tmp_path).asked) == {"a.said", "a.row", "a.bar", "a.error.none"}

from decimal import Decimal

from finance_app.documents.legal import french_mentions


def test_the_mentions_of_a_french_issuer_are_always_there():
    text = "\n".join(french_mentions("fr"))
    assert "indemnité forfaitaire pour frais de recouvrement de 40\u00a0€" in text
    assert "Banque centrale européenne majoré de 10 points" in text
    assert "Pas d’escompte" in text
    assert "293 B" not in text


def test_choices_of_the_issuer():
    text = "\n".join(
        french_mentions(
            "fr",
            penalty_rate=Decimal("12.5"),
            early_discount="2\u00a0% à 8 jours",
            vat_exempt=True,
            vat_on_debits=True,
        )
    )
    assert "taux annuel de 12,5\u00a0%" in text
    assert "anticipé\u00a0: 2\u00a0% à 8 jours" in text
    assert "TVA non applicable, article 293 B du CGI" in text
    assert "TVA acquittée sur les débits" in text


def test_an_english_client_reads_them_in_english():
    assert any("€40" in mention for mention in french_mentions("en"))

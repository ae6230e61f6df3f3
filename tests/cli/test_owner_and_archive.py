import secrets
import sqlite3
import zipfile

import pytest

from tests.cli.test_serve import marge

OWNER = ["create-owner", "--company", "Foo", "--country", "FR", "--name", "Ada", "--email", "Ada@Foo.example"]


@pytest.fixture
def place(tmp_path):
    return {"MARGE_DATA_DIR": str(tmp_path / "a"), "MARGE_OWNER_PASSWORD": "correct horse battery"}


def rows(folder, sql):
    with sqlite3.connect(folder / "marge.sqlite") as connection:
        return connection.execute(sql).fetchall()


def test_the_first_owner_brings_a_company_with_the_defaults_of_its_country(place, tmp_path):
    answer = marge(*OWNER, **place)
    assert answer.returncode == 0, answer.stderr
    assert rows(
        tmp_path / "a", "select name, country, base_currency, locale, strict_numbering from portal"
    ) == [("Foo", "FR", "EUR", "fr", 1)]
    assert rows(tmp_path / "a", 'select email, profile_id from "user"') == [("ada@foo.example", 1)]


@pytest.mark.parametrize(
    ("words", "environment", "told"),
    [
        (OWNER, {"MARGE_OWNER_PASSWORD": "short"}, "at least 12"),
        ((*OWNER[:4], "XX", *OWNER[5:]), {}, "country code"),
        ((*OWNER[:-1], "nobody"), {}, "e-mail address"),
    ],
)
def test_what_cannot_be_an_owner_is_refused_in_words(place, words, environment, told):
    answer = marge(*words, **place | environment)
    assert answer.returncode == 1
    assert told in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_backup_restores_rows_and_files_and_nothing_is_overwritten_unasked(place, tmp_path):
    marge(*OWNER, **place)
    (tmp_path / "a/files").mkdir()
    (tmp_path / "a/files/logo").write_bytes(b"\x00picture")
    archive = tmp_path / "all.zip"
    assert marge("backup", str(archive), **place).returncode == 0
    assert archive.stat().st_mode & 0o077 == 0
    assert "exists already" in marge("backup", str(archive), **place).stderr

    other = place | {"MARGE_DATA_DIR": str(tmp_path / "b")}
    answer = marge("restore", str(archive), **other)
    assert answer.returncode == 0, answer.stderr
    assert rows(tmp_path / "b", "select name from portal") == [("Foo",)]
    assert (tmp_path / "b/files/logo").read_bytes() == b"\x00picture"

    refused = marge("restore", str(archive), **other)
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert marge("restore", str(archive), "--force", **other).returncode == 0
    assert rows(tmp_path / "b", "select count(*) from portal") == [(1,)]


def test_a_file_that_is_no_archive_is_refused(place, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"no archive")
    assert "no archive" in marge("restore", str(tmp_path / "x.zip"), **place).stderr
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as archive:
        archive.writestr("manifest.json", '{"format": 1, "revision": "other"}')
    assert "of schema other" in marge("restore", str(tmp_path / "y.zip"), **place).stderr


def test_a_backup_of_sqlite_moves_to_postgresql_and_back(place, tmp_path, new_postgres):
    marge(*OWNER, **place)
    assert marge("backup", str(tmp_path / "1.zip"), **place).returncode == 0
    served = place | {
        "MARGE_DATA_DIR": str(tmp_path / "p"),
        "MARGE_DATABASE_URL": new_postgres(),
        "MARGE_SECRET_KEY": secrets.token_urlsafe(48),
    }
    answer = marge("restore", str(tmp_path / "1.zip"), **served)
    assert answer.returncode == 0, answer.stderr
    second = ["create-owner", "--name", "Bo", "--email", "bo@foo.example"]
    assert marge(*second, **served).returncode == 0
    assert marge("backup", str(tmp_path / "2.zip"), **served).returncode == 0
    assert marge("restore", "--force", str(tmp_path / "2.zip"), **place).returncode == 0
    assert rows(tmp_path / "a", 'select id, name from "user" order by id') == [(1, "Ada"), (2, "Bo")]

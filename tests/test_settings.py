import stat

import pytest

from finance_app.settings import SettingsError, SmtpServer, read_settings, unknown_variables

SECRET = "pZ3v0qk7Yw1mR9sTn4bXc8dLfGhJ2uEa"


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    monkeypatch.delenv("MARGE_SECRET_KEY", raising=False)
    monkeypatch.setenv("MARGE_DATA_DIR", str(tmp_path))


def faults(monkeypatch, **variables) -> list[str]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refusal:
        read_settings()
    return refusal.value.faults


def test_an_empty_environment_serves_sqlite_on_this_machine_with_a_secret_of_its_own(tmp_path):
    first, second = read_settings(), read_settings()
    assert first.database_url == f"sqlite:///{tmp_path}/marge.sqlite"
    assert (first.host, first.port, first.address) == ("127.0.0.1", 3000, "http://localhost:3000")
    assert len(first.secret_key.get_secret_value()) >= 32
    assert first.secret_key == second.secret_key
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


def test_a_database_server_needs_an_explicit_secret(monkeypatch):
    [fault] = faults(monkeypatch, MARGE_DATABASE_URL="postgresql://u:p@db/marge")
    assert fault.startswith("MARGE_SECRET_KEY: is missing")
    assert "secrets.token_urlsafe" in fault


@pytest.mark.parametrize("secret", ["short", "change-me-change-me-change-me-1234567", "a" * 40])
def test_a_guessable_secret_is_refused(monkeypatch, secret):
    [fault] = faults(monkeypatch, MARGE_SECRET_KEY=secret)
    assert fault.startswith("MARGE_SECRET_KEY: must be at least 32 random characters")
    assert secret not in fault


def test_demo_mode_refuses_a_database_that_is_not_of_a_demo(monkeypatch):
    [fault] = faults(monkeypatch, MARGE_DEMO="1", MARGE_DATABASE_URL="postgresql://u:hidden@db/marge")
    assert fault.startswith("MARGE_DATABASE_URL: demo mode lets anybody in")
    assert "hidden" not in fault


def test_each_fault_is_one_line_that_names_its_variable(monkeypatch):
    found = faults(
        monkeypatch,
        PORT="70000",
        HOST="my host",
        MARGE_BASE_URL="marge.example.com",
        MARGE_SMTP_URL="smtp://me:word@",
        MARGE_TRUSTED_PROXIES="10.0.0.0/8, proxy",
        MARGE_LOG_LEVEL="loud",
    )
    assert sorted(fault.split(":")[0] for fault in found) == [
        "MARGE_BASE_URL",
        "MARGE_HOST",
        "MARGE_LOG_LEVEL",
        "MARGE_PORT",
        "MARGE_SMTP_URL",
        "MARGE_TRUSTED_PROXIES",
    ]
    assert not any("\n" in fault or "word" in fault for fault in found)


def test_several_workers_need_redis(monkeypatch):
    [fault] = faults(monkeypatch, MARGE_WORKERS="2")
    assert "MARGE_REDIS_URL" in fault


def test_the_origins_are_every_name_of_this_machine_and_the_public_address(monkeypatch):
    monkeypatch.setenv("MARGE_BASE_URL", "https://marge.example.com/")
    monkeypatch.setenv("MARGE_HOST", "0.0.0.0")
    monkeypatch.setenv("PORT", "8080")
    assert read_settings().origins == (
        "https://marge.example.com",
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
    )


def test_secrets_do_not_show_when_the_settings_are_printed(monkeypatch):
    monkeypatch.setenv("MARGE_SECRET_KEY", SECRET)
    monkeypatch.setenv("MARGE_DATABASE_URL", "postgresql://u:hidden@db/marge")
    monkeypatch.setenv("MARGE_SMTP_URL", "smtp://u:hidden@mail")
    shown = repr(read_settings())
    assert SECRET not in shown
    assert "hidden" not in shown


def test_a_misspelt_variable_is_reported_with_the_one_meant():
    assert unknown_variables({"MARGE_DATABSE_URL": "x", "MARGE_PORT": "1", "OTHER": "y"}) == [
        "MARGE_DATABSE_URL: no such setting; did you mean MARGE_DATABASE_URL?"
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail", ("mail", 25, "none", None)),
        ("smtp://mail?starttls", ("mail", 587, "starttls", None)),
        ("smtps://me%40firm:p%2Fw@mail", ("mail", 465, "tls", "me@firm")),
        ("smtp://me:pw@mail:2525?starttls", ("mail", 2525, "starttls", "me")),
    ],
)
def test_the_address_of_a_mail_server(url, expected):
    server = SmtpServer.parse(url)
    assert (server.host, server.port, server.security, server.user) == expected


@pytest.mark.parametrize(
    "url",
    ["http://mail", "smtp://", "smtp://u@mail", "smtps://mail?starttls", "smtp://mail?x", "smtp://m:99999"],
)
def test_an_unusable_address_of_a_mail_server_is_refused(url):
    with pytest.raises(ValueError, match=r"."):
        SmtpServer.parse(url)

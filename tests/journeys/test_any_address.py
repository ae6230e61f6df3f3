import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_one_build_finds_its_server_under_every_name_and_port(browser, new_app_server, host):
    server = new_app_server()
    page = browser.new_page()
    with page.expect_websocket() as opened:
        page.goto(f"http://{host}:{server.port}/")
    socket = opened.value
    assert socket.url.startswith(f"ws://{host}:{server.port}/_event")
    with socket.expect_event("framereceived"):
        pass
    expect(page.get_by_text("Cannot connect to server")).to_have_count(0)

import gzip

import pytest

from finance_app.cli.frontend import PLACEHOLDER, BuildError, bind_to_page


def test_every_baked_address_becomes_the_page_s_own_also_in_the_compressed_copy(tmp_path):
    file = tmp_path / "assets/env.js"
    file.parent.mkdir()
    file.write_text(
        f"e={{A:`ws://{PLACEHOLDER}/_event`,B:\"http://{PLACEHOLDER}/ping\",C:'http://{PLACEHOLDER}'}}"
    )
    file.with_name("env.js.gz").write_bytes(gzip.compress(file.read_bytes()))
    assert bind_to_page(tmp_path) == 3
    bound = (
        'e={A:`${location.protocol==="https:"?"wss:":"ws:"}//${location.host}/_event`,'
        "B:`${location.origin}/ping`,C:`${location.origin}`}"
    )
    assert file.read_text() == bound
    assert gzip.decompress(file.with_name("env.js.gz").read_bytes()).decode() == bound


def test_a_build_without_a_baked_address_is_refused(tmp_path):
    (tmp_path / "env.js").write_text("e={}")
    with pytest.raises(BuildError, match="no address"):
        bind_to_page(tmp_path)


@pytest.mark.parametrize("name", ["env.js", "index.html"])
def test_an_address_in_an_unknown_form_is_refused(tmp_path, name):
    (tmp_path / "ok.js").write_text(f"`ws://{PLACEHOLDER}/_event`")
    (tmp_path / name).write_text(f"host={PLACEHOLDER}")
    with pytest.raises(BuildError, match="unknown to the build"):
        bind_to_page(tmp_path)

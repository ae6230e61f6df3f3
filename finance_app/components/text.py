"""Texts of the catalogue on the screen, chosen in the browser: a change of language sends nothing else."""

import json
from typing import Any

from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData
from reflex_base.vars.base import LiteralVar, Var

from finance_app.i18n import messages
from finance_app.states.session import Session

_IMPORT = VarData(imports={"$/public/catalogue": [ImportVar(tag="t", alias="tr")]})


def tr(key: str | Var, **params: Any) -> Any:
    """The text of `key` in the reader's language; parameters may be vars. `n` chooses the plural form.

    A key known now must exist (KeyError otherwise); one made of a var (`"invoice.state." + row.state`) is
    looked up in the browser. For a var without text of its own, use the var.
    """
    if isinstance(key, str):
        if key not in messages("en"):
            raise KeyError(f"no text {key!r} in the catalogue")
        name, key_data = json.dumps(key), None
    else:
        name, key_data = str(key), key._get_all_var_data()
    args = LiteralVar.create(params)
    locale = Session.locale
    expression = f"tr({locale!s}, {name}, {args!s})" if params else f"tr({locale!s}, {name})"
    return Var(
        _js_expr=expression,
        _var_type=str,
        _var_data=VarData.merge(
            _IMPORT, locale._get_all_var_data(), key_data, args._get_all_var_data() if params else None
        ),
    ).guess_type()

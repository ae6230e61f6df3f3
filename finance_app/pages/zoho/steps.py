"""The frame of both wizards: the rail, the step with its fault, what was chosen so far, and the way out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.frame import page
from finance_app.components.native import Leave
from finance_app.components.parts import button, facts_of, notice
from finance_app.components.text import tr
from finance_app.components.wizard import Step, wizard

REVIEW = "review"
"""The step that shows itself what was chosen so far."""


@dataclass(frozen=True)
class Frame:
    """Of a wizard whose state has `WizardSteps`; `label` is the text of a step in the rail."""

    state: Any
    steps: Sequence[str]
    address: Callable[[str], str]
    label: Callable[[str], Any]
    head: Callable[[str], rx.Component]

    def page(
        self,
        steps: Mapping[str, Callable[[], rx.Component]],
        *,
        title: str,
        title_update: str,
        discard: str,
        discard_update: str,
        begun: Any = None,
    ) -> rx.Component:
        """The page that shows the step of its address. What was `begun` (always, where that is not said) can
        be discarded: the texts say what becomes of it, where it is new and where it updates what counts."""
        state = self.state
        give_up = confirm(
            button(tr("zoho.setup.discard"), kind="quiet"),
            tr("zoho.setup.discard_title"),
            rx.cond(state.updating, tr(discard_update), tr(discard)),
            action=tr("zoho.setup.discard"),
            on_confirm=state.discard,
        )
        return page(
            rx.cond(state.updating, tr(title_update), tr(title)),
            Leave.create(href=state.leave),
            rx.match(state.step, *[(name, made()) for name, made in steps.items()], rx.fragment()),
            context=tr("zoho.setup.context"),
            crumb=(tr("marketplace.title"), routes.MARKETPLACE),
            actions=[give_up if begun is None else rx.cond(begun, give_up)],
            window_title=tr(title),
        )

    def step(self, name: str, *children: Any, **props: Any) -> rx.Component:
        state, at = self.state, self.steps.index(name)
        rail = [Step(self.label(each), state.rail[each], state.hrefs[each]) for each in self.steps]
        problem = rx.cond(state.problem != "", notice(state.problem, tone="red", icon="circle-alert"))
        body = rx.el.div(self.head(name), problem, *children, class_name="stack")
        aside = rx.el.div(
            rx.el.h2(tr("zoho.setup.so_far"), class_name="section-title"),
            rx.cond(
                state.summary.length() > 0,
                facts_of(state.summary),
                rx.el.p(tr("zoho.setup.nothing_yet"), class_name="small muted"),
            ),
            class_name="stack-s",
        )
        back = self.address(self.steps[at - 1]) if at else routes.MARKETPLACE
        return wizard(rail, body, back=back, aside=None if name == REVIEW else aside, **props)

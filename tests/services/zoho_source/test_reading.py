from tests.harness.zoho_source import Firm


def test_first(firm: Firm) -> None:
    firm.set_up()
    firm.settle()
    here = firm.look()
    print(len(here.projects), len(here.tasks), len(here.logs), len(here.people), firm.faults())
    firm.update()
    again = firm.look()
    assert len(again.logs) == len(here.logs)

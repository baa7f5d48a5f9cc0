import re

import pytest

from odoo.addons.medical_base.engine.state_diagram import Arrow, svg

STATES = ("draft", "contained", "evaluated", "approved", "executed", "closed", "cancelled")


@pytest.mark.parametrize("names", [("Revise", "Cancel"), ("退回重新评审并说明", "取消")])
def test_no_line_runs_through_the_name_of_another_step(names):
    arrows = [
        Arrow(names[0], ("evaluated", "approved"), "contained"),
        Arrow(names[1], ("draft", "contained"), "cancelled"),
    ]
    picture = svg({state: state for state in STATES}, arrows)
    lanes = [float(x) for x in dict.fromkeys(re.findall(r" H([0-9.]+) V", picture))]
    width = 12 if names[0] > "\u2e7f" else 6
    assert lanes[1] - lanes[0] > 6 + width * len(names[0])
    assert float(re.search(r'width="([0-9]+)"', picture)[1]) > lanes[1] + 6 + width * len(names[1])


def test_its_rules_are_its_own():
    """Inside a page, a rule without a name would colour every other picture."""
    style = re.search("<style>(.*)</style>", svg({"a": "A", "b": "B"}, [Arrow("Go", ("a",), "b")]))[1]
    assert all(rule.startswith(".medical_life ") for rule in style.split("}") if rule)

"""Two companies live by random acts, and a plain model beside them keeps the truth: nothing that is not free is used."""

import pytest

from devtools import company


def test_lives_from_the_fixed_seed(apps_database):
    answer = company.live(apps_database, "--steps", company.STEPS)
    assert not answer["found"], "\n\n".join(map(company.told, answer["found"]))
    assert answer["steps"] >= company.STEPS
    never = {act for act, counts in answer["acts"].items() if not counts.get("done") and not counts.get("refused")}
    assert not never, f"never tried: {', '.join(sorted(never))}"


@pytest.mark.parametrize("hole", company.holes(), ids=lambda hole: hole.name)
def test_holes_fit_the_code(hole):
    assert hole.fits(), f"{hole.file} has changed: write {hole.name} anew"

"""A version is added, the old ones stay: every row is judged by the version that it names."""

import hashlib
from datetime import datetime

import pytest

from odoo.addons.medical_base.engine import hashes

ONE = {1: ("name", "date")}
TWO = {**ONE, 2: ("name", "date", "origin")}
ROW = {"name": "Lot 7", "date": datetime(2026, 3, 6, 12, 0), "origin": "scan"}


def test_golden_value():
    digest = hashlib.sha256(b'["Lot 7","2026-03-06 12:00:00"]').hexdigest()
    assert hashes.row_hash(ROW, ONE) == f"$1${digest}"


def test_newest_version_unless_told_otherwise():
    assert hashes.row_hash(ROW, TWO).startswith("$2$")
    assert hashes.row_hash(ROW, TWO, 1) == hashes.row_hash(ROW, ONE)
    assert hashes.all_columns(TWO) == ("name", "date", "origin")


def test_rows_of_before_a_version_was_added_still_fit():
    stored = hashes.row_hash(ROW, ONE)
    assert hashes.fault(stored, ROW, TWO) is None
    assert hashes.fault(stored, {**ROW, "origin": "typed"}, TWO) is None, "version 1 says nothing about the new column"
    assert hashes.fault(stored, {**ROW, "name": "Lot 8"}, TWO) == "changed"


@pytest.mark.parametrize("column", ROW)
def test_every_column_of_the_version_is_covered(column):
    stored = hashes.row_hash(ROW, TWO)
    assert hashes.fault(stored, ROW, TWO) is None
    assert hashes.fault(stored, {**ROW, column: None}, TWO) == "changed"


def test_lowered_version():
    changed = {**ROW, "origin": "typed"}
    digest = hashes.row_hash(ROW, TWO).rpartition("$")[2]
    assert hashes.fault(f"$1${digest}", ROW, TWO) == "changed", "the number alone does not do"
    lowered = hashes.row_hash(changed, TWO, 1)
    assert hashes.fault(lowered, changed, TWO, newest=1) is None
    assert hashes.fault(lowered, changed, TWO, newest=2) == "older"


def test_version_that_does_not_exist():
    stored = hashes.row_hash(ROW, TWO)
    assert hashes.fault(stored, ROW, ONE) == "unknown", "by a later release"
    assert hashes.fault(stored.replace("$2$", "$9$"), ROW, TWO) == "unknown"


@pytest.mark.parametrize("stored", [None, "", "x", "0" * 64, "$0$" + "0" * 64, "$1$" + "0" * 63, "$1$" + "A" * 64])
def test_no_hash_at_all(stored):
    assert hashes.claimed_version(stored) is None
    assert hashes.fault(stored, ROW, TWO) == "changed"


def test_nothing_is_none_as_the_database_holds_it():
    assert hashes.row_hash({**ROW, "name": False}, ONE) == hashes.row_hash({**ROW, "name": None}, ONE)
    assert hashes.row_hash({**ROW, "name": ""}, ONE) != hashes.row_hash({**ROW, "name": None}, ONE)
    assert hashes.row_hash({**ROW, "name": 0}, ONE) != hashes.row_hash({**ROW, "name": None}, ONE)


def test_version_is_part_of_the_chain():
    one, two = (hashes.row_hash(ROW, {number: ONE[1]}) for number in (1, 2))
    assert hashes.chain_hash("0" * 64, one) != hashes.chain_hash("0" * 64, two)

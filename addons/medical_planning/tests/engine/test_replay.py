import json

import inventory
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sampling import count_chances, sampler

from odoo.cli.command import commands, load_addons_commands

from odoo.addons.medical_demand.engine import table
from odoo.addons.medical_demand.engine.panel import Panel
from odoo.addons.medical_demand.engine.scores import normal_quantiles
from odoo.addons.medical_planning.engine.cover import over_lead_times, with_lead_time_spread
from odoo.addons.medical_planning.engine.replay import compare, history, rules, stress
from odoo.addons.medical_planning.engine.replay.lead_times import distribution, draws
from odoo.addons.medical_planning.engine.replay.run import Options, replay
from odoo.addons.medical_planning.engine.replay.simulation import Terms, simulate

NOW = distribution(0, 0)
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.98, 0.99, 0.995)


def poisson(rate, periods, replications):
    return sampler(count_chances([rate], [rate]), periods, replications)


# Lead times


@pytest.mark.parametrize(("mean", "sd"), [(2, 0.5), (7, 2), (3.3, 1.1), (30, 6), (1, 0.6)])
def test_lead_times_have_the_moments_asked_for(mean, sd):
    chances = distribution(mean, sd)
    places = np.arange(len(chances))
    assert chances.sum() == pytest.approx(1)
    assert chances @ places == pytest.approx(mean, abs=1e-6)
    assert np.sqrt(chances @ (places - mean) ** 2) == pytest.approx(sd, abs=1e-6)


def test_a_certain_lead_time_is_as_narrow_as_can_be():
    assert distribution(2, 0).tolist() == [0, 0, 1, 0]
    assert distribution(2.25, 0).tolist() == [0, 0, 0.75, 0.25]
    with pytest.raises(ValueError, match="lead time"):
        distribution(-1, 0)


def test_draws_follow_their_chances():
    drawn = draws(distribution(2, 0.5), np.random.default_rng(1), (200_000,))
    np.testing.assert_allclose(np.bincount(drawn, minlength=5)[:5] / 200_000, distribution(2, 0.5)[:5], atol=0.004)


def test_a_lead_time_with_two_lengths_has_two_humps():
    mean, sd = np.array([300.0]), np.array([3.0])
    quantiles = mean[:, None] + sd[:, None] * normal_quantiles(LEVELS)
    _sd, found = over_lead_times(mean, sd, LEVELS, quantiles, np.array([1.0, 4 / 3]), np.array([0.88, 0.12]))
    assert found[0, LEVELS.index(0.85)] < 310
    assert found[0, LEVELS.index(0.95)] > 390


def test_fine_lead_times_agree_with_the_formula():
    days = np.arange(0, 200)
    chances = np.exp(-((days - 60) ** 2) / (2 * 9**2))
    chances /= chances.sum()
    mean, sd = np.array([600.0]), np.array([40.0])
    quantiles = mean[:, None] + sd[:, None] * normal_quantiles(LEVELS)
    wide, found = over_lead_times(mean, sd, LEVELS, quantiles, days / 60, chances)
    formula, expected = with_lead_time_spread(mean, sd, LEVELS, quantiles, 10.0, 9.0)
    assert wide[0] == pytest.approx(formula[0], rel=1e-3)
    np.testing.assert_allclose(found, expected, rtol=0.02)


# Simulation against exact models


@pytest.mark.parametrize(("low", "high"), [(4, 10), (2, 12), (5, 9)])
def test_min_max_costs_what_renewal_theory_says(low, high):
    demand = poisson(6.0, 4000, 100)
    out = simulate(demand, np.full((1, 4000), low + 1.0), np.full((1, 4000), float(high)), NOW, 100)
    cost = 5 * out.orders.mean() / 4000 + out.stock.mean() + 4 * out.backlog.mean()
    assert cost == pytest.approx(inventory.min_max_cost(5, 1, 4, 6, low, high), rel=0.003)


def test_base_stock_with_a_lead_time():
    level, cost = inventory.base_stock(1, 9, 3, 5)
    levels = np.full((1, 6000), float(level))
    out = simulate(poisson(3.0, 6000, 60), levels, levels, distribution(5, 0), 60)
    assert out.stock.mean() + 9 * out.backlog.mean() == pytest.approx(cost, rel=0.01)
    assert out.served.mean() / 6000 == pytest.approx(0.93174, abs=0.002)
    assert 1 - out.short.sum() / out.demand.sum() == pytest.approx(0.94743, abs=0.002)


def test_perishable_for_one_period_is_a_newsvendor():
    levels = np.full((1, 5000), 12.0)
    out = simulate(poisson(10.0, 5000, 40), levels, levels, NOW, 40, Terms(shelf_life=1, lost=True))
    chances = count_chances([10.0], [10.0])[0]
    number = np.arange(len(chances))
    wasted = np.maximum(12 - number, 0) @ chances
    lost = np.maximum(number - 12, 0) @ chances
    # What is left of the last period has not expired yet.
    assert out.expired.mean() / 4999 == pytest.approx(wasted, rel=0.01)
    assert out.short.mean() / 5000 == pytest.approx(lost, rel=0.02)


def test_lead_times_that_cross_give_what_thinning_says():
    # An order is still out k periods later with P(L > k), whatever the others do: independent Poisson parts.
    leads = distribution(2, 0.8)
    out = simulate(poisson(4.0, 6000, 60), np.full((1, 6000), 17.0), np.full((1, 6000), 17.0), leads, 60)
    late = 1 - np.cumsum(leads)
    waiting = count_chances([4.0], [4.0])[0]
    total = waiting
    for chance in late[late > 1e-12]:
        part = chance * waiting
        part[0] += 1 - chance
        total = np.convolve(total, part)
    assert out.served.mean() / 6000 == pytest.approx(total[:18].sum(), abs=0.002)
    assert out.stock.mean() == pytest.approx((17 - np.arange(18)) @ total[:18], rel=0.01)


def test_two_periods_of_shelf_life_are_a_markov_chain():
    # Old units go first; state: old units on hand at the start, filled up to 9 with fresh ones that arrive at once.
    level, rate = 9, 4.0
    chances = count_chances([rate], [rate])[0]
    moves, wasted, lost = np.zeros((level + 1, level + 1)), np.zeros(level + 1), np.zeros(level + 1)
    for old in range(level + 1):
        for amount, chance in enumerate(chances):
            left = max(level - old - max(amount - old, 0), 0)
            moves[old, left] += chance
            wasted[old] += chance * max(old - amount, 0)
            lost[old] += chance * max(amount - level, 0)
    often = np.linalg.matrix_power(moves, 200)[0]
    levels = np.full((1, 8000), float(level))
    out = simulate(poisson(rate, 8000, 40), levels, levels, NOW, 40, Terms(shelf_life=2, lost=True))
    assert out.expired.mean() / 8000 == pytest.approx(often @ wasted, rel=0.02)
    assert out.short.mean() / 8000 == pytest.approx(often @ lost, abs=0.001)


def test_samples_have_the_moments_asked_for():
    drawn = sampler(count_chances([2.0, 0.0], [5.0, 0.0]), 5000, 40)(np.array([0, 1]), np.random.default_rng(0))
    assert drawn.shape == (5000, 2, 40)
    assert drawn[:, 0].mean() == pytest.approx(2.0, rel=0.01)
    assert drawn[:, 0].var() == pytest.approx(5.0, rel=0.02)
    assert not drawn[:, 1].any()


# By hand


def one(demand, low, high, leads=NOW, **terms):
    begins = terms.pop("begins", None)
    demand = np.array([demand], dtype=float)
    low, high = (np.full(demand.shape, float(part)) for part in (low, high))
    return simulate(demand, low, high, leads, 1, Terms(**terms), begins=begins)


def test_orders_arrive_after_the_lead_time_and_backorders_wait():
    # Ends of periods: 4, 0, 3 short, 2 short (1 came), 2 (4 came).
    out = one([1, 4, 3, 0, 0], 5, 5, distribution(2, 0))
    assert out.short[0, 0] == 3
    assert out.served[0, 0] == 3
    assert out.stock[0, 0] * 5 == 4 + 2
    assert out.backlog[0, 0] * 5 == 3 + 2


def test_lost_demand_does_not_come_back():
    out = one([9, 0, 0], 5, 5, distribution(1, 0), lost=True)
    assert (out.short[0, 0], out.served[0, 0], out.backlog[0, 0]) == (4, 2, 0)


def test_minimum_order_and_multiple():
    out = one([1, 0, 0], 5, 5, moq=10)
    assert out.stock[0, 0] * 3 == 4 + 14 + 14
    out = one([1, 0, 0], 5, 5, multiple=4)
    assert out.stock[0, 0] * 3 == 4 + 8 + 8


def test_stock_expires_first_in_first_out():
    # 6 units, usable in periods 0 to 2; 1 a period; nothing ordered after.
    out = one([1, 1, 1, 0, 0], 0, 6, shelf_life=3)
    assert out.expired[0, 0] == 3


def test_a_vendor_stop_and_a_closed_warehouse():
    stopped = np.array([False, True, True, False])
    assert one([5, 5, 5, 0], 5, 5, no_orders=stopped).short[0, 0] == 10
    closed = np.array([False, True, False, False])
    out = one([1, 1, 1, 1], 5, 5, closed=closed)
    assert (out.short[0, 0], out.served[0, 0]) == (1, 3)


def test_a_product_that_begins_later_counts_from_there():
    late = one([50, 50, 1, 1], 5, 5, begins=np.array([2]))
    alone = one([1, 1], 5, 5)
    for name in ("served", "short", "stock", "orders", "demand", "asked"):
        assert getattr(late, name)[0, 0] == getattr(alone, name)[0, 0], name


@settings(max_examples=60, deadline=None)
@given(
    demand=st.lists(st.integers(0, 30), min_size=3, max_size=25),
    low=st.integers(0, 40),
    gap=st.integers(0, 20),
    lead=st.floats(0, 4),
    sd=st.floats(0, 2),
    life=st.sampled_from([1, 2, 5, np.inf]),
    lost=st.booleans(),
    moq=st.sampled_from([0, 7]),
)
def test_units_are_conserved(demand, low, gap, lead, sd, life, lost, moq):
    demand = np.array([demand], dtype=float)
    levels = np.full(demand.shape, float(low))
    out = simulate(demand, levels, levels + gap, distribution(lead, sd), 4, Terms(shelf_life=life, lost=lost, moq=moq))
    assert (out.short >= 0).all() and (out.short <= out.demand).all()
    assert (out.stock >= 0).all() and (out.expired >= 0).all()
    assert ((out.served >= 0) & (out.served <= demand.shape[1])).all()
    assert (out.missed <= out.asked).all()
    if lost:
        assert not out.backlog.any()


def test_the_same_seed_gives_every_rule_the_same_chance():
    demand = np.random.default_rng(0).poisson(4, (40, 30)).astype(float)
    levels = np.full(demand.shape, 14.0)
    first, second = (simulate(demand, levels, levels, distribution(2, 0.5), 5, seed=3) for _run in range(2))
    np.testing.assert_array_equal(first.stock, second.stock)
    more = simulate(demand, levels + 2, levels + 2, distribution(2, 0.5), 5, seed=3)
    assert (more.short <= first.short).all()


# Rules and comparison


@pytest.fixture(scope="module")
def market():
    rng = np.random.default_rng(5)
    rate = rng.uniform(2, 30, 60)[:, None] * (1 + 0.3 * np.sin(np.arange(60) * np.pi / 6))
    return rng.poisson(rate).astype(float)


def situation(values, **other):
    begins = np.full(len(values), 36)
    given = {
        "values": values,
        "started": np.zeros(len(values), dtype=int),
        "begins": begins,
        "season": 12,
        "lead_time": 2.0,
        "lead_time_sd": 0.5,
        "review": 1,
        "service": 0.95,
        "step": np.ones(len(values)),
    }
    return rules.Situation(**(given | other))


def test_references_by_hand():
    values = np.zeros((1, 40))
    values[0, :12] = [8, 12] * 6
    values[0, 12:] = 10
    here = situation(values)
    sigma, score = np.std([8, 12] * 6, ddof=1), here.score
    fixed = rules.fixed(here)
    assert fixed.levels()[0][0].tolist() == [np.ceil(30 + score * sigma * np.sqrt(3))] * 4
    textbook = rules.textbook(here)
    assert textbook.levels()[0][0, 0] == np.ceil(30 + score * 5)
    low, high = rules.oca_safety_stock(here).levels()
    assert (low[0, 0], high[0, 0]) == (20, 30)
    low, high = rules.ddmrp(here).levels()
    assert (low[0, 0], high[0, 0]) == (20 + 10 * 1.3, 33 + 10)


def test_rules_do_not_look_ahead(market):
    changed = market.copy()
    changed[:, 48:] += 1000.0
    for make in rules.REFERENCES:
        before, after = (make(situation(values)).levels() for values in (market, changed))
        for one_before, one_after in zip(before, after, strict=True):
            np.testing.assert_array_equal(one_before[:, :13], one_after[:, :13])
    panels = [panel_of(values) for values in (market, changed)]
    pair = [history.suite(situation(values), panel)[0] for values, panel in zip((market, changed), panels, strict=True)]
    np.testing.assert_array_equal(pair[0].levels()[0][:, :13], pair[1].levels()[0][:, :13])


def panel_of(values):
    return Panel(tuple(range(len(values))), values, 12)


def test_equal_service_is_reached_and_a_hopeless_rule_is_named(market):
    here = situation(market)
    experiment = compare.Experiment(market[:, 36:], np.zeros(60, dtype=int), distribution(2, 0.5), 10)
    factor, stock = compare.at_equal_service(experiment, rules.textbook(here), 0.95)
    reached = compare.service(experiment.run(*rules.textbook(here).levels(factor)), False)
    assert 0.95 <= reached < 0.96
    assert len(stock) == 60
    nothing = rules.Rule("nothing", *(np.zeros((60, 24)) for _part in range(3)), np.ones(60))
    assert compare.at_equal_service(experiment, nothing, 0.95) == (None, None)


def test_ratio_interval_holds_the_ratio():
    rng = np.random.default_rng(0)
    theirs = rng.uniform(5, 10, 300)
    ratio, low, high = compare.ratio_interval(theirs * rng.uniform(0.7, 0.9, 300), theirs)
    assert low < ratio < high
    assert 0.78 < low and high < 0.82


def lines_of(values, **options):
    dates = pd.date_range("2019-01-31", periods=values.shape[1], freq="ME")
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"{row:03d}" for row in range(len(values))], values.shape[1]),
            "ds": np.tile(dates.strftime("%Y-%m-%d"), len(values)),
            "y": values.ravel(),
        }
    )
    return replay(table.read(frame, table.frequency("ME")), Options(**({"lead_time": 2.0} | options)))


def test_the_promise_holds_on_steady_demand(market):
    lines, refused = lines_of(market, replications=10)
    assert not refused
    assert [line["policy"] for line in lines] == ["suite", "fixed", "textbook", "oca_safety_stock", "ddmrp"]
    suite = lines[0]
    assert all(found["holds"] for found in suite["classes"].values())
    assert suite["cycle_service"] >= 0.93
    for line in lines[1:]:
        assert line["stock_at_equal_service"] is None or line["suite_ratio"][0] < 1.0, line


def test_a_shared_service_needs_less_stock(market):
    alone, shared = (lines_of(market, replications=10, least=least)[0][0] for least in (0.95, None))
    assert shared["stock_at_equal_service"] < 0.95 * alone["stock_at_equal_service"]
    assert shared["cycle_service"] >= 0.93
    assert all(found["holds"] for found in shared["classes"].values())
    assert shared["worst"] > 0.75


def test_stress_changes_one_thing_and_keeps_the_chances(market):
    demand = market[:, 36:]
    plain = compare.Experiment(demand, np.zeros(60, dtype=int), distribution(2, 0.5), 10)
    levels = np.repeat(np.ceil(4 * market.mean(axis=1))[:, None], 24, axis=1)
    before = plain.run(levels, levels)
    found = {name: other.run(levels, levels) for name, other in stress.scenarios(plain, 2, 0.5).items()}
    assert set(found) == {"lead_time", "vendor_stop", "warehouse_down"}
    for name, after in found.items():
        np.testing.assert_array_equal(after.demand, before.demand)
        assert after.served.sum() < before.served.sum(), name
        # One large order after a stop may be lucky where several small ones were not.
        assert name == "vendor_stop" or (after.served <= before.served).all(), name
    # The warehouse is closed for one of 24 periods: that one is missed, and no order changes before it.
    gone = before.served - found["warehouse_down"].served
    assert (gone >= (demand[:, 12] > 0)[:, None] * (before.served == 24)).all()


def test_more_demand_keeps_whole_units_and_the_past():
    values = np.array([[np.nan, 3.0, 1.0, 1.0, 1.0, 1.0], [0.5, 0.5, 0.5, 0.5, np.nan, 0.5]])
    grown = stress.more_demand(values, np.array([2, 3]))
    np.testing.assert_array_equal(grown[0], [np.nan, 3, 1, 2, 1, 2])
    np.testing.assert_array_equal(grown[1], [0.5, 0.5, 0.5, 0.75, np.nan, 0.75])


def test_rules_find_out_about_more_demand(market):
    lines, _refused = lines_of(market[:30], replications=5, stress=True)
    by_name = {(line["scenario"], line["policy"]): line for line in lines}
    assert len(lines) == len(by_name) == 25
    more, plain = by_name["demand", "suite"], by_name["history", "suite"]
    assert more["mean_stock"] > 1.2 * plain["mean_stock"]
    # A rule that is never looked at again does not recover.
    assert more["cycle_service"] > by_name["demand", "fixed"]["cycle_service"] + 0.2
    assert all("worst" in found and "fill_rate" in found for found in more["classes"].values())


def test_expiry_and_lost_sales_through_the_command_options(market):
    plain, short_lived, lost = (
        lines_of(market[:20], replications=5, **options)[0] for options in ({}, {"shelf_life": 2}, {"lost": True})
    )
    assert all(line["expired"] == 0 for line in plain)
    assert any(line["expired"] > 0 for line in short_lived)
    # Ours does not stock what it cannot sell in time.
    assert short_lived[0]["mean_stock"] < plain[0]["mean_stock"]
    assert lost[0]["cycle_service"] != plain[0]["cycle_service"]


def test_a_fill_rate_is_promised_too(market):
    for least in (0.95, None):
        suite = lines_of(market, replications=10, fill=True, least=least)[0][0]
        assert suite["fill_rate"] >= 0.93
        assert suite["stock_at_equal_service"] > 0


def test_a_start_by_date_is_the_same_as_by_number(market):
    by_number, _refused = lines_of(market[:10], replications=3)
    by_date, _refused = lines_of(market[:10], replications=3, start=np.datetime64("2022-01-31"))
    assert by_number == by_date


def test_short_series_are_refused_with_a_reason(market):
    lines, refused = lines_of(market[:2, :30])
    assert lines == []
    assert [item.code for item in refused] == ["too_short", "too_short"]


def test_a_service_is_a_share():
    with pytest.raises(ValueError, match="between 0 and 1"):
        Options(lead_time=2, service=95)
    with pytest.raises(ValueError, match="least service"):
        Options(lead_time=2, service=0.95, least=0.96)
    with pytest.raises(ValueError, match="shelf life"):
        Options(lead_time=2, shelf_life=0)
    with pytest.raises(ValueError, match="lead time"):
        Options(lead_time=200, stress=True)


def test_the_command_writes_a_line_per_rule(market, tmp_path, capsys):
    load_addons_commands("replay")
    source = tmp_path / "demand.csv"
    dates = [f"{2019 + month // 12}-{month % 12 + 1:02d}-01" for month in range(60)]
    source.write_text(
        "unique_id,ds,y\n"
        + "".join(
            f"{row:03d},{day},{value:g}\n" for row in range(5) for day, value in zip(dates, market[row], strict=True)
        )
        + "short,2023-01-01,4\n"
    )
    commands["replay"]().run(
        ["--input", str(source), "--freq", "MS", "--lead-time", "2", "--service", "0.95", "--replications", "3"]
    )
    written = capsys.readouterr()
    lines = [json.loads(line) for line in written.out.splitlines()]
    assert [line["policy"] for line in lines] == ["suite", "fixed", "textbook", "oca_safety_stock", "ddmrp"]
    wanted = {
        "cycle_service",
        "fill_rate",
        "stockout_share",
        "mean_stock",
        "turnover_days",
        "orders",
        "expired",
        "cost",
        "stock_at_equal_service",
    }
    assert all(wanted <= set(line) for line in lines)
    assert "short: Needs three periods" in written.err


@pytest.mark.parametrize(
    "wrong",
    [
        ["--service", "95"],
        ["--start", "soon"],
        ["--freq", "Q"],
        ["--input", "nowhere.csv"],
        ["--lead-time", "-1"],
        ["--least-service", "0.99"],
    ],
)
def test_the_command_refuses_what_it_cannot_use(wrong, tmp_path, capsys):
    load_addons_commands("replay")
    source = tmp_path / "demand.csv"
    source.write_text("unique_id,ds,y\na,2024-01-01,1\n")
    given = {"--input": str(source), "--freq": "MS", "--lead-time": "2", "--service": "0.95", wrong[0]: wrong[1]}
    with pytest.raises(SystemExit) as stopped:
        commands["replay"]().run([f"{name}={value}" for name, value in given.items()])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.strip()

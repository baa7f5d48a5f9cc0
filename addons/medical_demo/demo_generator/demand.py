"""What hospitals would have ordered: weekly demand per product and warehouse."""

import zlib
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from . import story
from .masters import Masters, Product


@dataclass(frozen=True)
class Horizon:
    """The time that the story covers: from the Monday on or before the first day of a month
    up to the day before ``today``.

    Days are counted from ``start``; ``days`` is the first one that has not happened yet.
    """

    start: date
    today: date

    @classmethod
    def of(cls, today: date, months: int) -> "Horizon":
        year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
        first = date(year, month + 1, 1)
        return cls(first - timedelta(days=first.weekday()), today)

    @property
    def days(self) -> int:
        return (self.today - self.start).days

    @property
    def weeks(self) -> int:
        return -(-self.days // 7)

    def date(self, day: int) -> date:
        return self.start + timedelta(days=int(day))


@dataclass(frozen=True)
class Pair:
    """A product in a warehouse with its demand per week (whole pieces, shape ``weeks``)."""

    product: int
    warehouse: int
    hospitals: tuple[int, ...]
    demand: np.ndarray
    launch: int
    ending: int


@dataclass(frozen=True)
class CustomerOrder:
    day: int
    pair: int
    hospital: int
    quantity: int


def generator(seed: int, *names) -> np.random.Generator:
    """Random numbers that depend on the seed and the names only, not on other records."""
    return np.random.default_rng([seed, *(zlib.crc32(str(name).encode()) for name in names)])


def pairs(masters: Masters, horizon: Horizon, seed: int) -> list[Pair]:
    """Every product in the one to three warehouses that hold it."""
    result = []
    for number, product in enumerate(masters.products):
        pattern = story.PATTERNS[product.pattern]
        choice = generator(seed, product.code).random(len(masters.warehouses))
        held = [
            index
            for index in range(len(masters.warehouses))
            if index == 0 or choice[index] < pattern.held[min(index, len(pattern.held) - 1)]
        ]
        for index in held:
            served = _served(masters, index, held)
            if not served:
                continue
            launch = max(0, horizon.weeks - story.LAUNCHED.get(product.code, horizon.weeks))
            fading = story.ENDING.get(product.code)
            ending = max(0, horizon.weeks - fading) if fading else horizon.weeks
            demand = _weekly(product, index, horizon, seed, launch, ending)
            result.append(Pair(number, index, served, demand, launch, ending))
    return result


def _served(masters: Masters, index: int, held: list[int]) -> tuple[int, ...]:
    """Hospitals of the warehouse's regions; the first one serves all that nobody else does."""
    others = {region for other in held if other != index for region in masters.warehouses[other].regions}
    own = set(masters.warehouses[index].regions)
    return tuple(
        number
        for number, hospital in enumerate(masters.hospitals)
        if hospital.region in own or (index == 0 and hospital.region not in others)
    )


def _weekly(product: Product, index: int, horizon: Horizon, seed: int, launch: int, ending: int) -> np.ndarray:
    pattern = story.PATTERNS[product.pattern]
    of_product = generator(seed, product.code, "level")
    level = pattern.level * np.exp(pattern.spread * of_product.standard_normal())
    level = story.LEVELS.get(product.code, level) * pattern.shares[min(index, len(pattern.shares) - 1)]
    trend = pattern.trend * of_product.normal(1, 0.8)
    peak = of_product.normal(2, 3)
    amplitude = story.SEASONS.get(product.code, pattern.season * of_product.uniform(0.4, 1.4))
    rng = generator(seed, product.code, index)

    weeks = np.arange(horizon.weeks)
    week_of_year = np.array([horizon.date(7 * week).timetuple().tm_yday / 7 for week in weeks])
    season = np.clip(1 + amplitude * np.cos(2 * np.pi * (week_of_year - peak) / 52.18), 0.05, None)
    curve = season * (1 + trend) ** (weeks / 52.18) * _life(horizon, launch, ending)
    if product.pattern in ("disposables", "implants", "instruments"):
        curve *= _new_year(horizon)
    if index == 0 and product.code in story.SPIKES:
        ago, length, factor = story.SPIKES[product.code]
        first = horizon.weeks - ago
        curve[max(first, 0) : max(first + length, 0)] *= factor

    shape = 1 / pattern.noise**2
    if pattern.chance >= 1:
        return np.rint(level * curve * rng.gamma(shape, 1 / shape, len(weeks))).astype(int)
    chance = pattern.chance * story.SIZE_FACTORS.get(product.code, 1.0)
    happens = rng.random(len(weeks)) < np.clip(chance * curve, 0, 0.95)
    size = np.maximum(1, np.rint(level * rng.gamma(shape, 1 / shape, len(weeks))))
    return np.where(happens, size, 0).astype(int)


def _life(horizon: Horizon, launch: int, ending: int) -> np.ndarray:
    """Nothing before the launch, a ramp of eight weeks after it, and fading at the end."""
    weeks = np.arange(horizon.weeks)
    ramp = np.where(launch > 0, np.clip((weeks - launch + 1) / 8, 0, 1), 1.0)
    return ramp * np.where(weeks < ending, 1.0, 0.88 ** np.maximum(weeks - ending, 0))


def _new_year(horizon: Horizon) -> np.ndarray:
    """Hospitals stock up before the spring festival and hardly operate during it."""
    factor = np.ones(horizon.weeks)
    for day in story.NEW_YEARS:
        week = (day - horizon.start).days // 7
        for offset, value in ((-2, 1.12), (-1, 1.2), (0, 0.45), (1, 0.7), (2, 1.1)):
            if 0 <= week + offset < horizon.weeks:
                factor[week + offset] = value
    return factor


def customer_orders(masters: Masters, planned: list[Pair], horizon: Horizon, seed: int) -> list[CustomerOrder]:
    """Split each week's demand over hospitals, each on its own weekday, in order of the days."""
    result = []
    for number, pair in enumerate(planned):
        product = masters.products[pair.product]
        pattern = story.PATTERNS[product.pattern]
        rng = generator(seed, product.code, pair.warehouse, "orders")
        weights = np.array([masters.hospitals[hospital].weight for hospital in pair.hospitals])
        limits = np.cumsum(weights / weights.sum())
        count = rng.integers(1, pattern.customers + 1, horizon.weeks)
        draws = np.minimum(np.searchsorted(limits, rng.random((horizon.weeks, pattern.customers))), len(weights) - 1)
        parts = rng.dirichlet(np.full(pattern.customers, 3.0), horizon.weeks)
        for week in np.flatnonzero(pair.demand):
            customers = dict.fromkeys(int(draw) for draw in draws[week, : count[week]])
            shares = parts[week, : len(customers)]
            sizes = _whole(int(pair.demand[week]), shares / shares.sum(), pattern.multiple)
            for customer, size in zip(customers, sizes, strict=True):
                hospital = pair.hospitals[customer]
                day = 7 * int(week) + hospital % 5
                if size and day < horizon.days:
                    result.append(CustomerOrder(day, number, hospital, size))
    result.sort(key=lambda order: (order.day, masters.products[planned[order.pair].product].code, order.pair))
    return result


def _whole(quantity: int, shares: np.ndarray, multiple: int) -> list[int]:
    """Whole pieces in packs of ``multiple`` where the quantity is large enough for packs."""
    pack = multiple if quantity >= 2 * multiple * len(shares) else 1
    sizes = [int(size) for size in np.rint(quantity * shares / pack) * pack]
    if not any(sizes):
        sizes[0] = quantity
    return sizes

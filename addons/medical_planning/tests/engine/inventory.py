"""Classical stock models with known demand: what simulations and policies are held against.

All costs are per period of the demand given. Discrete models take Poisson demand.
"""

import numpy as np

# Chance of Poisson demand left out above the largest amount looked at.
_TAIL = 1e-12


def eoq(order_cost, holding, rate):
    """(quantity, cost per period) of the economic order quantity: √(2·K·λ/h) (Harris 1913)."""
    if min(order_cost, holding, rate) <= 0:
        raise ValueError("Order cost, holding cost and rate are above 0.")
    return float(np.sqrt(2 * order_cost * rate / holding)), float(np.sqrt(2 * order_cost * rate * holding))


def eoq_with_breaks(order_cost, carrying, rate, breaks, prices, incremental=False):
    """(quantity, cost per period with the goods) of the best order quantity when price depends on it.

    carrying: share of the price that a unit costs per period. breaks: ascending quantities from which each of `prices`
    holds, the first 0. All units of an order get its price, or with `incremental` only those above each break (Hadley
    and Whitin, Analysis of Inventory Systems, 1963, chapter 2).
    """
    if min(order_cost, carrying, rate, *prices) <= 0 or breaks[0] != 0 or list(breaks) != sorted(set(breaks)):
        raise ValueError("Costs, rate and prices are above 0; the quantities of the breaks begin with 0 and ascend.")
    found, before = [], 0.0
    for place, (begin, price) in enumerate(zip(breaks, prices, strict=True)):
        # What the units below the break cost more than at this price: paid once an order.
        if incremental and place:
            before += (begin - breaks[place - 1]) * prices[place - 1]
        extra = before - begin * price if incremental else 0.0
        end = breaks[place + 1] if place + 1 < len(breaks) else np.inf
        best = np.sqrt(2 * (order_cost + extra) * rate / (carrying * price))
        quantity = float(np.clip(best, begin, end))
        if quantity == end:
            continue
        held = carrying * (extra + price * quantity) / 2
        found.append((float((order_cost + extra) * rate / quantity + price * rate + held), quantity))
    cost, quantity = min(found)
    return quantity, cost


def lot_sizes(order_cost, holding, demand):
    """((T,) orders, cost) of the cheapest orders for known demand (T,), by period, holding per unit and period.

    An order covers whole periods up to the next one (Wagner and Whitin, Management Science 5 (1958), 89–96).
    """
    demand = np.asarray(demand, dtype=np.float64)
    periods = len(demand)
    best, begin = np.zeros(periods + 1), np.zeros(periods + 1, dtype=int)
    for end in range(1, periods + 1):
        # Of every start: the units of each later period lie there from the start on.
        held = [holding * (np.arange(end - start) @ demand[start:end]) for start in range(end)]
        costs = best[:end] + np.where([demand[start:end].any() for start in range(end)], order_cost, 0.0) + held
        begin[end] = int(costs.argmin())
        best[end] = costs.min()
    orders, end = np.zeros(periods), periods
    while end:
        orders[begin[end]] = demand[begin[end] : end].sum()
        end = begin[end]
    return orders, float(best[-1])


def newsvendor(holding, shortage, mean, sd, lead_time=0):
    """(base stock level, expected cost per period) of normal demand over `lead_time` + 1 periods.

    Level: the quantile p/(p + h); cost: (h + p)·σ·φ(z).
    """
    from scipy.special import ndtri

    z = float(ndtri(shortage / (shortage + holding)))
    spread = sd * np.sqrt(lead_time + 1)
    cost = (holding + shortage) * spread * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return mean * (lead_time + 1) + z * spread, float(cost)


def base_stock(holding, shortage, rate, lead_time):
    """(level, expected cost per period) of the best base stock: Poisson demand, `lead_time` + 1 periods to cover."""
    chances = _poisson(rate * (lead_time + 1))
    level = int(np.searchsorted(np.cumsum(chances), shortage / (shortage + holding)))
    return level, float(_cost(chances, holding, shortage, np.array([level]))[0])


def reorder_quantity(order_cost, holding, shortage, rate, lead_time):
    """(reorder point, quantity, cost per period) of the best (r, Q), Poisson demand, continuous review.

    Q grows as long as the next cheapest inventory position costs less than the average so far (Federgruen and Zheng,
    Operations Research 40 (1992), 808–813).
    """
    chances = _poisson(rate * lead_time)

    def cost(position):
        return float(_cost(chances, holding, shortage, np.array([position]))[0])

    low = high = int(_cost(chances, holding, shortage, np.arange(len(chances) + 1)).argmin())
    total = order_cost * rate + cost(low)
    while True:
        left, right = cost(low - 1), cost(high + 1)
        size = high - low + 1
        if min(left, right) >= total / size:
            return low - 1, size, float(total / size)
        total += min(left, right)
        low, high = (low - 1, high) if left <= right else (low, high + 1)


def min_max_cost(order_cost, holding, shortage, rate, low, high):
    """Expected cost per period of an (s, S) rule: Poisson demand, no lead time, ordered up to `high` at or below `low`.

    Renewal over the demand since the last order (Zheng and Federgruen, Operations Research 39 (1991), 654–665).
    """
    chances = _poisson(rate)
    again, visits = _renewal(chances, high - low)
    cost = _cost(chances, holding, shortage, high - np.arange(high - low))
    return float((order_cost + again @ cost) / visits)


def min_max(order_cost, holding, shortage, rate):
    """(s, S, cost per period) of the best (s, S) rule; as `min_max_cost`."""
    chances = _poisson(rate)
    best = int(_cost(chances, holding, shortage, np.arange(len(chances))).argmin())
    widest = 2 * int(np.ceil(eoq(order_cost, holding, rate)[0] if order_cost else 1)) + len(chances)
    found = None
    for high in range(best, best + widest):
        for low in range(best - 1, -widest, -1):
            cost = min_max_cost(order_cost, holding, shortage, rate, low, high)
            if found is None or cost < found[2] - 1e-12:
                found = low, high, cost
            elif cost > 2 * found[2]:
                break
        if found and _cost(chances, holding, shortage, np.array([high]))[0] > found[2]:
            break
    return found


def _poisson(mean):
    from scipy.special import gammaln, pdtrik

    longest = int(np.ceil(pdtrik(1 - _TAIL, mean))) + 2 if mean > 0 else 1
    number = np.arange(longest)
    return np.exp(number * np.log(mean) - mean - gammaln(number + 1)) if mean > 0 else np.ones(1)


def _cost(chances, holding, shortage, levels):
    """(k,) expected holding and shortage cost after demand with `chances` from each level."""
    number = np.arange(len(chances))
    rest = np.asarray(levels)[:, None] - number
    return np.where(rest > 0, holding * rest, -shortage * rest) @ chances


def _renewal(chances, width):
    """(width,) expected visits of each amount of demand since the last order, and their sum."""
    visits = np.zeros(width)
    stays = 1 - chances[0]
    visits[0] = 1 / stays
    for amount in range(1, width):
        reach = min(amount, len(chances) - 1)
        visits[amount] = chances[1 : reach + 1] @ visits[amount - 1 :: -1][:reach] / stays
    return visits, visits.sum()

"""What is kept of a forecast: plain numbers and lists, as they are stored and shown."""

from collections.abc import Sequence

import numpy as np

from .forecast import Forecast


def history(starts: Sequence[str], original: np.ndarray, cleaned: np.ndarray) -> dict[str, list]:
    """Demand of the observed periods, repaired and as it was: dict of lists, None where a period was left out.

    starts: T dates; original, cleaned: (T,), NaN where not observed.
    """
    observed = np.flatnonzero(~np.isnan(original))
    if not len(observed):
        return {"dates": [], "values": [], "originals": []}
    first = observed[0]

    def plain(numbers):
        rounded = numbers[first:].round(6)
        return np.where(np.isnan(rounded), None, rounded).tolist()

    return {"dates": starts[first:], "values": plain(cleaned), "originals": plain(original)}


def figures(forecast: Forecast, index: int) -> dict[str, object]:
    """Figures of one forecast series as a dict; None where there is no number."""

    def number(value):
        return float(value) if np.isfinite(value) else None

    names = (
        *("adi", "cv2", "level", "trend", "season_strength", "cover_mean"),
        *("wape", "wape_naive", "fva", "bias", "mase"),
    )
    return {
        **{name: number(getattr(forecast, name)[index]) for name in names},
        "demand_class": str(forecast.demand_class[index]),
        "weights": {
            name: round(float(weight), 4) for name, weight in zip(forecast.models, forecast.weights[index], strict=True)
        },
        "recent_errors": [number(error) for error in forecast.recent_error[index]],
        "rate": float(forecast.mean[index].mean()),
    }


def entry(name: str, kind: str, amounts: np.ndarray, **more: object) -> dict[str, object]:
    """What is on top of a base forecast, for the explanation: amounts (h,) per period, and where its size comes from."""
    known = {"event_id": False, "records": 0, "size": None, "probability": 100.0}
    return {"name": name, "kind": kind, "amounts": amounts.round(4).tolist(), **known, **more}

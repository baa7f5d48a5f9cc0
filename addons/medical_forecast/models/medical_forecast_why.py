"""The panel 'Why': what a forecast was made from, in sentences."""

from babel.dates import format_skeleton
from markupsafe import Markup

from odoo import fields, models
from odoo.tools import formatLang
from odoo.tools.misc import babel_locale_parse, get_lang


class MedicalForecastWhy(models.AbstractModel):
    _name = "medical.forecast.why"
    _description = "Explanation of a Forecast"

    _shown_repairs = 6

    def _rows(self, series):
        """(title, sentences) of one series, in the reader's language; what does not apply is left out.

        Names of products, vendors and units are escaped: they reach the sentences as plain text only.
        """
        return [(title, text) for title, text in self._parts(series) if text]

    def _parts(self, series):
        return [
            (self.env._("Not planned"), series.reason),
            (self.env._("In short"), self._short(series)),
            (self.env._("Demand"), self._demand(series)),
            (self.env._("Methods"), self._methods(series)),
            (self.env._("Events"), self._effects(series)),
            (self.env._("Error"), self._error(series)),
            (self.env._("Repaired"), self._repairs(series)),
        ]

    def _recent(self, series):
        """Demand and error of the last periods: list of dicts ``label, demand, error``."""
        history, errors = series.history or {}, series.recent_errors or []
        dates, values = history.get("dates", []), history.get("originals", history.get("values", []))
        count = min(len(dates), len(errors))
        return [
            {
                "label": self._period(series, day),
                "demand": None if demand is None else self._number(demand, 0),
                "error": None if error is None else self._signed(error),
            }
            for day, demand, error in zip(
                dates[len(dates) - count :], values[len(dates) - count :], errors[len(errors) - count :], strict=True
            )
        ]

    # Sentences

    def _short(self, series):
        """The forecast of the next period in one sentence: level, trend, season, events, usual error."""
        line = series.line_ids.sorted("date")[:1]
        if series.state != "done" or not line:
            return ""
        parts = [self.env._("level %(level)s", level=self._number(series.level))]
        if abs(series.trend) >= 0.01 * max(series.level, 1e-9):
            parts.append(self.env._("trend %(trend)s", trend=self._signed(series.trend)))
        # What level, trend and events leave is the season.
        season = line.mean - line.effect - series.level - series.trend
        if abs(season) >= 0.01 * max(series.level, 1e-9):
            season, modelled = self._signed(season), line.method in ("regression", "trees")
            with_model = self.env._("season and model %(season)s", season=season)
            parts.append(with_model if modelled else self.env._("season %(season)s", season=season))
        if round(line.effect):
            parts.append(self.env._("events %(effect)s", effect=self._signed(line.effect)))
        text = self.env._(
            "%(period)s: %(mean)s %(unit)s (%(parts)s), with 80 %% certainty between %(low)s and %(high)s.",
            period=self._period(series, line.date),
            mean=self._bold(self._number(line.mean)),
            unit=series.uom_id.name,
            parts=", ".join(parts),
            low=self._number(line.q10),
            high=self._number(line.q90),
        )
        errors = [abs(error) for error in series.recent_errors or () if error is not None]
        if not errors:
            return text
        return self._join(
            text,
            self.env._(
                "One period ahead the last %(count)d forecasts were off by %(error)s on average.",
                count=len(errors),
                error=self._number(sum(errors) / len(errors)),
            ),
        )

    def _demand(self, series):
        if series.state != "done":
            return ""
        figures = {
            "level": self._bold(self._number(series.level)),
            "unit": series.uom_id.name,
            "rate": self._bold(self._number(series.rate)),
        }
        if series.run_id.period == "week":
            text = self.env._("The level is %(level)s %(unit)s per week, the forecast averages %(rate)s.", **figures)
        else:
            text = self.env._("The level is %(level)s %(unit)s per month, the forecast averages %(rate)s.", **figures)
        pattern = {
            "smooth": self.env._("Demand is regular and even."),
            "erratic": self.env._("Demand is regular, its size uneven."),
            "intermittent": self.env._("Demand comes with gaps, its size is even."),
            "lumpy": self.env._("Demand comes with gaps and in uneven sizes."),
            "new": self.env._("Demand is too new to tell a pattern."),
        }.get(series.demand_class, "")
        if series.season_strength >= 0.6:
            season = self.env._("The season is strong.")
        elif series.season_strength >= 0.3:
            season = self.env._("There is a weak season.")
        else:
            season = self.env._("There is no season to speak of.")
        return self._join(text, pattern, self._trend(series), season)

    def _trend(self, series):
        # Below a hundredth of the level per period nobody would call it a trend.
        if abs(series.trend) < 0.01 * max(series.level, 1e-9):
            return self.env._("There is no trend to speak of.")
        figures = {"amount": self._bold(self._number(abs(series.trend))), "unit": series.uom_id.name}
        if series.run_id.period == "week":
            if series.trend > 0:
                return self.env._("It rises by %(amount)s %(unit)s a week.", **figures)
            return self.env._("It falls by %(amount)s %(unit)s a week.", **figures)
        if series.trend > 0:
            return self.env._("It rises by %(amount)s %(unit)s a month.", **figures)
        return self.env._("It falls by %(amount)s %(unit)s a month.", **figures)

    def _methods(self, series):
        return series.weights_text and self.env._(
            "%(methods)s, weighted by their errors in the backtest.", methods=self._bold(series.weights_text)
        )

    def _effects(self, series):
        """One sentence per event or external series: where its size comes from and what it adds over the horizon."""
        lines = []
        for entry in series.effects or ():
            total = self._bold(self._signed(sum(entry["amounts"])))
            figures = {"name": self._bold(entry["name"]), "total": total, "unit": series.uom_id.name}
            if entry["kind"] == "external":
                text = self.env._(
                    "%(name)s: %(total)s %(unit)s over the horizon. Demand follows it by %(lag)d periods; it took "
                    "%(gain)s off the error of the backtest.",
                    lag=entry["lag"],
                    gain=self._percent(entry["gain"]),
                    **figures,
                )
                if entry["carried"]:
                    text = self._join(text, self.env._("Its last known value is carried on."))
            elif entry["records"]:
                text = self.env._(
                    "%(name)s: %(total)s %(unit)s over the horizon, learned from %(records)d past periods (%(size)s).",
                    records=entry["records"],
                    size=f"{round(100 * entry['size']):+d} %",
                    **figures,
                )
            else:
                text = self.env._("%(name)s: %(total)s %(unit)s over the horizon, as entered by a planner.", **figures)
            if entry.get("probability", 100.0) < 100.0:
                chance = self._number(entry["probability"])
                text = self._join(text, self.env._("It comes about with %(chance)s %%.", chance=chance))
            lines.append(text)
        return Markup("<br/>").join(lines)

    def _error(self, series):
        if series.state != "done" or not (series.wape or series.wape_naive):
            return ""
        text = self.env._(
            "In the backtest the forecast missed by %(ours)s of demand (WAPE), the naive forecast by %(naive)s.",
            ours=self._bold(self._percent(series.wape)),
            naive=self._bold(self._percent(series.wape_naive)),
        )
        points = round(100 * series.fva)
        if points > 0:
            verdict = self._coloured(
                self.env._("Forecast value added: %(points)d percentage points.", points=points), "success"
            )
        elif points < 0:
            verdict = self._coloured(
                self.env._("That is %(points)d percentage points worse than naive.", points=-points), "danger"
            )
        else:
            verdict = self.env._("No value added over naive.")
        return self._join(text, verdict)

    def _repairs(self, series):
        dates = (series.history or {}).get("dates", [])
        if not dates:
            return ""
        mine = [("product_id", "=", series.product_id.id), ("warehouse_id", "=", series.warehouse_id.id)]
        in_force = [("date", ">=", dates[0]), ("date", "<=", series.as_of), ("reverted", "=", False)]
        repairs = self.env["medical.demand.repair"].search(mine + in_force)
        lines = []
        for repair in repairs[: self._shown_repairs]:
            figures = {
                "period": self._period(series, repair.date),
                "rule": self._label(repair, "rule"),
                "old": self._number(repair.old_value),
                "new": self._number(repair.new_value),
            }
            if repair.left_out:
                lines.append(self.env._("%(period)s: %(rule)s (was %(old)s)", **figures))
            else:
                lines.append(self.env._("%(period)s: %(rule)s (%(old)s → %(new)s)", **figures))
        if len(repairs) > self._shown_repairs:
            lines.append(self.env._("and %(count)d more", count=len(repairs) - self._shown_repairs))
        return Markup("<br/>").join(lines)

    # Words

    def _period(self, series, day):
        """Month, or day of the week's Monday, in the order the reader's language has them."""
        locale = babel_locale_parse(get_lang(self.env).code)
        skeleton = "yMMMd" if series.run_id.period == "week" else "yMMM"
        return format_skeleton(skeleton, fields.Date.to_date(day), locale=locale)

    def _label(self, record, name):
        return dict(record._fields[name]._description_selection(self.env)).get(record[name], "")

    def _number(self, value, digits=1):
        return formatLang(self.env, value, digits=0 if float(value).is_integer() or abs(value) >= 1000 else digits)

    def _signed(self, value):
        whole = round(value)
        return f"{'+' if whole > 0 else ''}{self._number(whole, 0)}"

    def _percent(self, share):
        return f"{round(100 * share)} %"

    def _bold(self, text):
        return Markup("<b>%s</b>") % text

    def _coloured(self, text, colour):
        return Markup('<span class="text-%s">%s</span>') % (colour, text)

    def _join(self, *texts):
        return Markup(" ").join(text for text in texts if text)

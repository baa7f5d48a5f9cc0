import logging
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..engine import measure as engine

_logger = logging.getLogger(__name__)

# So many days are measured when a measure is frozen for the first time, and make up the figure that lists show.
WINDOW = 365
# What people choose; everything else is the formula, which belongs to the addon.
CHOICES = frozenset({"owner_id", "active", "target_ids"})


class _Kept:
    """What measures that are asked together have read. No value that comes over RPC is one."""

    __slots__ = ("found",)

    def __init__(self):
        self.found = {}


class MedicalMeasure(models.Model):
    """A figure that decides or is shown: what it is in words, and by which method it is found.

    The record is data of the addon that owns the facts. The same addon extends this model with two methods, named after
    the code. They run as superuser, in the company and time zone that are measured (``self.env.company``):

    ``_measure_<code>(domain, first, last, grain)`` → rows
        Each row is a value per name in ``grain`` (a period: the first day of it; else the id of the record or False), then
        numerator and denominator; of durations the value and how often it came. Several rows of one key add up. Rows of
        a level are dense: one for each key and period, 0 included; the numerator sums the level of each day.
    ``_facts_<code>(domain, first, last)`` → (model, domain)
        The records that the rows come from.

    ``domain`` is in terms of the grains, ``first`` and ``last`` are days; :meth:`_fact_domain` and :meth:`_group_facts` put them
    in the words of the facts.
    """

    _name = "medical.measure"
    _description = "Measure"
    _inherit = ["medical.audited.mixin"]
    _order = "sequence, id"
    _audited_fields = ("code", "kind", "period", "grain", "factor", "half_life", "version", "owner_id", "active")

    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, translate=True, readonly=True)
    sequence = fields.Integer(default=10, readonly=True)
    active = fields.Boolean(default=True, help="Archived measures are not frozen.")
    definition = fields.Text(required=True, translate=True, readonly=True, help="What the figure is, in words.")
    unit = fields.Char(required=True, translate=True, readonly=True)
    direction = fields.Selection(
        [("higher", "Higher is better"), ("lower", "Lower is better"), ("zero", "Nearer to zero is better")],
        required=True,
        readonly=True,
    )
    kind = fields.Selection(
        [("ratio", "Ratio"), ("count", "Count"), ("level", "Daily mean"), ("duration", "Duration")],
        required=True,
        readonly=True,
        help="Ratio: one sum over another. Daily mean: of how much there was on each day. Duration: the median.",
    )
    period = fields.Selection(
        [("day", "Day"), ("week", "Week"), ("month", "Month")],
        required=True,
        readonly=True,
        default="day",
        help="The shortest time that it is measured over.",
    )
    grain = fields.Char("Grains", readonly=True, help="Names of the fields that it can be cut by, with commas.")
    grain_text = fields.Char("Cut By", compute="_compute_grain_text")
    factor = fields.Float(
        default=1.0, readonly=True, help="From the ratio, count or level to the unit: 100 for percent."
    )
    share = fields.Integer(default=90, readonly=True, help="Of durations: so many percent lie within 'High'.")
    half_life = fields.Integer(
        "Half-Life (days)", readonly=True, help="What lies so many days back counts half. 0: everything counts alike."
    )
    version = fields.Integer("Formula Version", default=1, readonly=True)
    group_id = fields.Many2one(
        "res.groups", "In Charge", required=True, readonly=True, help="Who sets owner and targets."
    )
    owner_id = fields.Many2one("res.users", domain="[('share', '=', False)]")
    target_ids = fields.One2many("medical.measure.target", "measure_id", "Targets")
    freeze_ids = fields.One2many("medical.measure.freeze", "measure_id", "Freezing")
    value = fields.Float("Last 12 Months", compute="_compute_value", help="Of the present company, as frozen at night.")
    high = fields.Float(compute="_compute_value", help="Of durations: so many percent as the measure says lie within.")
    is_measured = fields.Boolean(compute="_compute_value")
    goal = fields.Float("Target", compute="_compute_value", help="Of the present company as a whole.")
    status = fields.Selection(
        [("none", "No target"), ("reached", "Reached"), ("missed", "Missed")], compute="_compute_value"
    )
    frozen_to = fields.Date(compute="_compute_value")
    as_of = fields.Datetime(compute="_compute_value", help="When the figures were frozen.")

    _code_unique = models.UniqueIndex("(code)", "The code of a measure is unique.")
    _sane_numbers = models.Constraint(
        "CHECK (version > 0 AND half_life >= 0 AND share BETWEEN 50 AND 100)",
        "The version begins at 1, the half-life is not negative, the share lies between 50 and 100 percent.",
    )

    @api.depends("grain")
    @api.depends_context("lang")
    def _compute_grain_text(self):
        fields_ = self.env["medical.measure.value"]._fields
        for measure in self:
            labels = [fields_[name]._description_string(self.env) for name in measure._grain()]
            measure.grain_text = ", ".join(labels)

    @api.depends("version", "half_life", "factor", "share", "target_ids.goal", "target_ids.days")
    @api.depends_context("company")
    def _compute_value(self):
        company = self.env.company
        found = self.env["medical.measure.value"]._over([(one, company, False, False, WINDOW) for one in self])
        frozen = self.env["medical.measure.freeze"]._newest(self, company)
        for measure, figure in zip(self, found, strict=True):
            measure.value, measure.high = figure.value or 0.0, figure.high or 0.0
            measure.is_measured = figure.value is not None
            target = measure.target_ids.filtered(
                lambda one: one.company_id == company and not one.warehouse_id and not one.category_id
            )[:1]
            measure.goal = target.goal
            measure.status = ("reached" if target.is_reached else "missed") if target.is_measured else "none"
            measure.frozen_to, measure.as_of = frozen.get((measure.id, company.id), (False, False))

    @api.constrains("code", "grain", "kind", "half_life")
    def _check_definition(self):
        grains = self.env["medical.measure.value"]._grain_fields()
        for measure in self:
            for name in (f"_measure_{measure.code}", f"_facts_{measure.code}"):
                if not callable(getattr(self, name, None)):
                    raise ValidationError(
                        self.env._(
                            "The measure %(code)s needs the method %(method)s on %(model)s.",
                            code=measure.code,
                            method=name,
                            model=self._name,
                        )
                    )
            if unknown := set(measure._grain()) - set(grains):
                raise ValidationError(
                    self.env._(
                        "%(measure)s cannot be cut by %(names)s. Known: %(grains)s.",
                        measure=measure.name,
                        names=", ".join(sorted(unknown)),
                        grains=", ".join(grains),
                    )
                )
            if measure.half_life and measure.kind not in (engine.RATIO, engine.DURATION):
                raise ValidationError(
                    self.env._("%(measure)s: only ratios and durations have a half-life.", measure=measure.name)
                )

    def write(self, vals):
        # The superuser loads the data of addons; nobody else changes what a figure means.
        if not self.env.su and (own := set(vals) - CHOICES):
            raise AccessError(
                self.env._(
                    "%(names)s: the formula of a measure comes with its addon and cannot be edited.",
                    names=", ".join(sorted(own)),
                )
            )
        return super().write(vals)

    # What people do

    def action_view_values(self):
        """The frozen values, as a picture over time."""
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_base.action_medical_measure_value")
        return action | {
            "domain": [("measure_id", "in", self.ids)],
            "views": [(False, "graph"), (False, "pivot"), (False, "list")],
            "context": {"search_default_current": 1, "search_default_year": 1},
        }

    def action_view_facts(self):
        """The records behind the figure of the present company."""
        self.ensure_one()
        last = self.frozen_to or self._today(self.env.company) - timedelta(days=1)
        return self._action_facts(self.env.company, Domain.TRUE, last - timedelta(days=WINDOW - 1), last)

    def _action_facts(self, company, domain, first, last):
        self.ensure_one()
        self.check_access("read")
        model, facts = getattr(self._as_measured(company), f"_facts_{self.code}")(Domain(domain), first, last)
        # From here on the reader's own rights hold.
        self.env[model].check_access("read")
        name = self.name
        if self.kind == engine.DURATION:
            exact = self._figures(company, domain, first, last).get((), engine.Figure(None))
            if exact.value is not None:
                name = self.env._(
                    "%(measure)s: half within %(median).2f, %(share)d %% within %(high).2f %(unit)s",
                    measure=name,
                    median=exact.value,
                    share=self.share,
                    high=exact.high,
                    unit=self.unit,
                )
        return self.env[model]._medical_list(name, list(facts), create=False)

    # What other models ask for

    @api.model
    def _get(self, *codes):
        """The measures of these codes, whoever asks."""
        # Superuser: a target is measured also for people who may not read measures.
        return self.sudo().with_context(active_test=False).search([("code", "in", codes)])

    def _figures(self, company, domain, first, last, grain=()) -> dict[tuple, engine.Figure]:
        """Key → figure, from the facts as they are now; percentiles are exact.

        :param domain: in terms of the grains, see the model
        """
        self.ensure_one()
        grain = tuple(grain)
        rows = self._rows(company, domain, first, last, grain + ((self.period,) if self.half_life else ()))
        if self.half_life:
            rows = [self._aged(row, last) for row in rows]
        days = (last - first).days + 1
        if self.kind == engine.DURATION:
            by_key = {}
            for *key, value, count in rows:
                by_key.setdefault(tuple(key), []).append((value, count))
            return {
                key: engine.Figure(
                    engine.exact_percentile(values, 0.5), engine.exact_percentile(values, self.share / 100.0)
                )
                for key, values in by_key.items()
            }
        return {
            key: engine.figure(self.kind, found, days, self.factor)
            for key, found in engine.add_up(self.kind, rows).items()
        }

    def _aged(self, row, last):
        """A row without its period, weighted by how old that is: of durations how often it came, else both sums."""
        *key, day, first, second = row
        weight = engine.weight((last - day).days, self.half_life)
        return (*key, first if self.kind == engine.DURATION else first * weight, second * weight)

    def _rows(self, company, domain, first, last, grain=()) -> list[tuple]:
        """Rows of the measure's own method, see the model."""
        self.ensure_one()
        known = {*self._grain(), *engine.PERIODS[engine.PERIODS.index(self.period) :]}
        if unknown := [name for name in grain if name not in known]:
            raise UserError(
                self.env._(
                    "%(measure)s cannot be cut by %(names)s.", measure=self.name, names=", ".join(sorted(unknown))
                )
            )
        method = getattr(self._as_measured(company), f"_measure_{self.code}")
        return list(method(Domain(domain), first, last, tuple(grain)))

    def _grain(self) -> tuple[str, ...]:
        self.ensure_one()
        return tuple(name.strip() for name in (self.grain or "").split(",") if name.strip())

    def _as_measured(self, company):
        """Superuser: a figure does not depend on who asks. The company cuts the facts, its time zone the days."""
        return (
            self.sudo()
            .with_company(company)
            .with_context(allowed_company_ids=company.ids, tz=self._zone(company), active_test=False)
        )

    # What the methods of measures use

    @api.model
    def _zone(self, company) -> str:
        return company.sudo().partner_id.tz or "UTC"

    @api.model
    def _today(self, company):
        return fields.Date.context_today(self.with_context(tz=self._zone(company)))

    @api.model
    def _day(self, moment):
        """The day of a UTC moment, in the time zone that is measured."""
        return fields.Datetime.context_timestamp(self, moment).date()

    @api.model
    def _bounds(self, company, first, last):
        """UTC datetimes of the beginning of ``first`` and of the day after ``last``."""
        zone, utc = ZoneInfo(self._zone(company)), ZoneInfo("UTC")
        return tuple(
            datetime.combine(day, time.min, tzinfo=zone).astimezone(utc).replace(tzinfo=None)
            for day in (first, last + timedelta(days=1))
        )

    @api.model
    def _fact_domain(self, model, paths, domain, first, last) -> Domain:
        """``domain`` on ``model``, of the company and the days that are measured.

        :param paths: ``company_id``, ``date`` and the grains → where ``model`` has them, in one place or a tuple of places;
            without ``company_id`` the caller cuts the facts by company
        """

        begin, end = first, last + timedelta(days=1)
        if self.env[model]._fields[paths["date"]].type == "datetime":
            begin, end = self._bounds(self.env.company, first, last)
        found = Domain(paths["date"], ">=", begin) & Domain(paths["date"], "<", end)
        if "company_id" in paths:
            found &= Domain(paths["company_id"], "=", self.env.company.id)
        return found & self._mapped(domain, paths)

    @api.model
    def _mapped(self, domain, paths) -> Domain:
        """``domain`` in terms of the grains with the names of the facts, see :meth:`_fact_domain`."""

        def there(condition):
            if condition.field_expr not in paths:
                raise UserError(
                    self.env._("The facts of this measure do not know %(name)s.", name=condition.field_expr)
                )
            places = paths[condition.field_expr]
            return Domain.OR(
                Domain(place, condition.operator, condition.value)
                for place in ((places,) if isinstance(places, str) else places)
            )

        return domain.map_conditions(there)

    @api.model
    def _group_facts(self, model, facts, paths, grain, more=(), aggregates=("__count",)) -> list[tuple]:
        """Rows of ``_read_group``: a value per name in ``grain``, then ``more`` groups, then ``aggregates``."""
        # Weeks of the language begin on any day: days are what is grouped by.
        by = [f"{paths['date']}:day" if name in engine.PERIODS else paths[name] for name in grain]
        rows = []
        for row in self.env[model]._read_group(facts, [*by, *more], aggregates):
            key = [
                engine.period_start(value.date() if isinstance(value, datetime) else value, name)
                if name in engine.PERIODS
                else self._plain(value)
                for name, value in zip(grain, row, strict=False)
            ]
            rows.append((*key, *row[len(grain) :]))
        return rows

    def _together(self):
        """The same measures; facts that several of them have in common are read once (:meth:`_once`)."""
        return self.with_context(medical_measure_kept=_Kept())

    def _once(self, key, read):
        """What ``read()`` returns, in this company; read again only where measures are not asked together."""
        kept = self.env.context.get("medical_measure_kept")
        if not isinstance(kept, _Kept):
            return read()
        key = (self.env.company.id, *key)
        if key not in kept.found:
            kept.found[key] = read()
        return kept.found[key]

    @api.model
    def _plain(self, value):
        return value.id if isinstance(value, models.BaseModel) else value

    # The night

    @api.model
    def _cron_freeze(self):
        """Freeze the periods that are over, measure by measure; each is committed by itself."""
        measures = self.search([("active", "=", True)])._together()
        for number, measure in enumerate(measures, 1):
            if measure.try_lock_for_update():
                measure._freeze()
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(measures) - number):
                break

    def _freeze(self):
        """Write the values of the periods that are over and not frozen yet; what fails is written down and tried next time."""
        self.ensure_one()
        Freeze = self.env["medical.measure.freeze"]
        companies = self.env["res.company"].sudo().search([("active", "=", True)])  # sudo: every company is measured
        newest = Freeze._newest(self, companies)
        for company in companies:
            last = engine.period_start(self._today(company), self.period) - timedelta(days=1)
            if (self.id, company.id) in newest:
                first = newest[self.id, company.id][0] + timedelta(days=1)
            else:
                first = engine.period_start(last - timedelta(days=WINDOW - 1), self.period)
            if first > last:
                continue
            try:
                with self.env.cr.savepoint():
                    rows = self._rows(company, Domain.TRUE, first, last, (self.period, *self._grain()))
                    count = self.env["medical.measure.value"]._freeze(self, company, rows)
                    Freeze._note(self, company, first, last, count)
            except Exception as error:
                _logger.exception("The measure %s of company %s could not be frozen", self.code, company.id)
                Freeze._note(self, company, first, last, 0, str(error) or type(error).__name__)
        self.invalidate_model(["value", "high", "is_measured", "goal", "status", "frozen_to", "as_of", "freeze_ids"])
        self.env["medical.measure.target"].invalidate_model(["value", "is_measured", "is_reached"])

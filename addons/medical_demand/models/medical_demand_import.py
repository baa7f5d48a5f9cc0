"""Demand history from files: every row that is not accepted is listed with its reason."""

import base64
import gzip
from io import StringIO

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, LazyTranslate

from odoo.addons.medical_base.document import PLANNER, step

_lt = LazyTranslate(__name__)


class MedicalDemandImport(models.Model):
    """A file of demand, worked off in batches of rows; one of a single batch is done at once.

    Its rows count as demand when all of them are in.
    """

    _name = "medical.demand.import"
    _description = "Demand Import"
    _inherit = ["medical.job.mixin"]
    _order = "id desc"
    _settles = {"draft": ("name", "company_id", "file", "repair_labels", "repair_timestamps")}
    _audited_fields = ("name", "state")
    _job_groups = (PLANNER,)
    _job_cron = "medical_demand.ir_cron_import"
    _lock_class = 1297370198
    _as_user = True
    _at_once = 50_000
    _batch_size = 100_000

    name = fields.Char("File", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", "Imported by", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    file = fields.Binary("Content", required=True, readonly=True, copy=False, help="UTF-8, compressed with gzip.")
    file_name = fields.Char(compute="_compute_file_name")
    repair_labels = fields.Boolean("Unify Spellings", readonly=True)
    repair_timestamps = fields.Boolean("Correct Time Zone Shifts", readonly=True)
    as_of = fields.Date("Data up to", readonly=True, help="Last day of the last period in the file.")
    total = fields.Integer("Readable Rows")
    accepted = fields.Integer(readonly=True)
    refused = fields.Integer(readonly=True)
    repaired = fields.Integer(readonly=True)
    flagged = fields.Integer(
        readonly=True, help="Accepted rows that do not count as demand until somebody clears their flag."
    )
    state = fields.Selection(selection_add=[("done", "Imported")])
    history_ids = fields.One2many("medical.demand.history", "import_id")
    remark_ids = fields.One2many("medical.demand.refusal", "import_id")

    @api.depends("name")
    def _compute_file_name(self):
        for batch in self:
            batch.file_name = f"{batch.name.removesuffix('.gz')}.gz"

    @step("running", "failed", "done", to="cancelled", label=_lt("Cancel Import"), access="read", on="finished")
    def action_cancel(self):
        """Take the rows of these imports out of the demand history again."""
        history = self.env["medical.demand.history"]
        # By SQL as they came: a large import is taken back while its planner waits.
        self.env.cr.execute(SQL("DELETE FROM medical_demand_history WHERE import_id = ANY(%s)", self.ids))
        history.invalidate_model()

    @api.model
    def _is_demo_database(self):
        """Whether missing masters may be invented: only where ./dev made the database for that."""
        # sudo: planners do not read system parameters.
        return self.env["ir.config_parameter"].sudo().get_param("medical_demand.demo_database") == "1"

    @api.model
    def _import_text(self, text, name, company, *, as_of=None, repair_labels=True, repair_timestamps=True):
        """Start the import of a demand file; a small one is done when this returns.

        :param str text: the file, a table with a heading
        :param as_of: last day the file covers; by default the end of its last period
        :return: the import, with the refused rows in ``remark_ids``
        :raise UserError: nothing can be read, a column is unknown, or the periods do not fit
        """
        if not self.env.su:
            self.env.user._medical_check_group(PLANNER, doing=self.env._("Import Demand History"))
        if company not in self.env.companies:
            # sudo: the name of a company that the user may not read.
            raise AccessError(
                self.env._(
                    "Switch to %(company)s first: demand is imported for a company you work in.",
                    company=company.sudo().name,
                )
            )
        parsed = self._parse(text, name, company, repair_labels, repair_timestamps)
        # sudo, here and in the batches: imports are written by this model only, so that rows cannot be made up one by one.
        batch = (
            self.sudo()
            .create(
                [
                    {
                        "name": name,
                        "company_id": company.id,
                        "user_id": self.env.uid,
                        "date": fields.Datetime.now(),
                        "file": base64.b64encode(gzip.compress(text.encode(), compresslevel=1)),
                        "as_of": as_of,
                        "repair_labels": repair_labels,
                        "repair_timestamps": repair_timestamps,
                    }
                ]
            )
            .with_env(self.env)
        )
        self.env.cr.cache[self._name, batch.id] = parsed
        batch.action_start()
        return batch

    def _parsed(self):
        """The file, read once in a transaction."""
        cache, key = self.env.cr.cache, (self._name, self.id)
        if key not in cache:
            text = gzip.decompress(base64.b64decode(self.with_context(bin_size=False).file)).decode()
            cache[key] = self._parse(text, self.name, self.company_id, self.repair_labels, self.repair_timestamps)
        return cache[key]

    def _prepare(self):
        """Read the file as a whole, and write down what cannot be read and what was repaired."""
        batch = self.sudo()
        parsed = batch._parsed()
        remarks = [
            {"line": refusal.line, "column": refusal.column, "value": refusal.value, "reason": refusal.reason}
            for refusal in parsed.refused
        ]
        remarks += [
            {
                "kind": "repaired",
                "line": repair.line,
                "column": repair.column,
                "value": repair.old,
                "reason": self.env._("Read as %(new)s in %(rows)d rows", new=repair.new, rows=repair.rows),
            }
            for repair in parsed.repairs
        ]
        if not batch.as_of:
            batch.as_of = parsed.as_of
        batch.repaired = len(parsed.repairs)
        batch._remark(remarks)
        batch._guarded_write({"total": len(parsed.line)})

    def _work_batch(self):
        """Import the next rows; after the last ones, flag the doubtful of them all."""
        batch = self.sudo()
        first, last = batch.position, min(batch.position + self._batch_size, batch.total)
        rows, remarks = batch._resolve(batch._parsed(), slice(first, last))
        rows, known = batch._refuse_known(rows)
        batch._remark(remarks + known)
        names = ("product_id", "warehouse_id", "date", "quantity", "stockout_days")
        batch.env["medical.demand.history"]._insert_rows(
            {"import_id": batch.id, "company_id": batch.company_id.id, "flagged": False},
            {name: [row[place] for row in rows] for place, name in enumerate(names, 1)},
        )
        batch.accepted += len(rows)
        message = self.env._("%(done)d of %(total)d rows read", done=last, total=batch.total)
        batch._guarded_write({"position": last, "message": message})
        if last == batch.total:
            batch.flagged = batch._flag_doubtful()
            self._finish()
        return batch.total - last

    def _remark(self, remarks):
        """Write down what is to be said about rows of the file, and count the refused ones."""
        self.env["medical.demand.refusal"].create([{"import_id": self.id, **remark} for remark in remarks])
        self.refused += sum(remark.get("kind", "refused") == "refused" for remark in remarks)

    # A quantity this many times the series' median is more likely a wrong unit than demand.
    _doubtful_factor = 100

    def _flag_doubtful(self):
        """Flag rows that are kept but do not count until somebody has looked at them; return how many."""
        self.ensure_one()
        flagged = self.env.execute_query(
            SQL(
                """
                WITH usual AS (
                    SELECT product_id, warehouse_id, count(*) AS rows,
                           percentile_cont(0.5) WITHIN GROUP (ORDER BY quantity) AS median
                      FROM medical_demand_history
                     WHERE import_id = %(batch)s AND quantity > 0 GROUP BY product_id, warehouse_id
                )
                UPDATE medical_demand_history row
                   SET flagged = true, flag_reason = CASE WHEN row.date > current_date THEN %(future)s ELSE %(large)s END
                  FROM usual
                 WHERE row.import_id = %(batch)s
                   AND usual.product_id = row.product_id AND usual.warehouse_id = row.warehouse_id
                   AND (row.date > current_date
                        OR row.quantity > %(factor)s * usual.median AND usual.median > 0 AND usual.rows >= 6)
             RETURNING row.id
                """,
                batch=self.id,
                future=self.env._("The date lies in the future."),
                large=self.env._(
                    "More than %(factor)d times the usual quantity: check the unit.", factor=self._doubtful_factor
                ),
                factor=self._doubtful_factor,
            )
        )
        self.env["medical.demand.history"].invalidate_model()
        return len(flagged)

    @api.model
    def _parse(self, text, name, company, repair_labels, repair_timestamps, any_period=False):
        from ..engine import history

        try:
            parsed = history.parse(StringIO(text, newline=""))
            wanted = {"label": repair_labels, "timestamp": repair_timestamps}
            unwanted = {(one.rule, one.column, one.old) for one in parsed.repairs if not wanted[one.rule]}
            if unwanted:
                parsed = history.parse(StringIO(text, newline=""), reverted=unwanted)
        except history.HistoryError as error:
            reason = str(error)
            raise UserError(self.env._("%(name)s cannot be imported: %(reason)s", name=name, reason=reason)) from error
        if parsed.frequency == "month" and company.medical_period == "week" and not any_period:
            raise UserError(
                self.env._(
                    "%(name)s holds monthly demand, but %(company)s plans in weeks: change the planning period "
                    "under Settings → Inventory, or import weekly demand.",
                    name=name,
                    company=company.name,
                )
            )
        return parsed

    @api.model
    def _fit_period(self, text, name, company):
        """Plan a demo company in the periods of the file."""
        parsed = self._parse(text, name, company, True, True, any_period=True)
        company.medical_period = parsed.frequency

    def _resolve(self, parsed, part):
        """Rows of a part of the file with product and warehouse ids, and a remark for each that has none.

        In a demo database missing masters are made, in one batch each, and said so.
        """
        company = self.company_id
        products = self._find_products(set(parsed.product_codes), company)
        warehouses = self._find_warehouses(company)
        remarks = []
        if self._is_demo_database():
            remarks += self._make_masters(parsed, company, products, warehouses)
        rows = []
        product_of = [products.get(code) for code in parsed.product_codes]
        warehouse_of = [warehouses.get(code) for code in parsed.warehouse_codes]
        product_why = [self._product_problem(product) for product in product_of]
        no_warehouse = self.env._("No warehouse of the company has this code or name.")

        def refuse(line, column, value, reason):
            remarks.append({"line": line, "column": column, "value": value, "reason": reason})

        columns = (parsed.line, parsed.product, parsed.warehouse, parsed.dates, parsed.quantity, parsed.stockout_days)
        for line, at, place, day, quantity, days in zip(*(column[part].tolist() for column in columns), strict=True):
            if product_why[at]:
                refuse(line, "product_code", parsed.product_codes[at], product_why[at])
            elif warehouse_of[place] is None:
                refuse(line, "warehouse_code", parsed.warehouse_codes[place], no_warehouse)
            else:
                rows.append((line, product_of[at].id, warehouse_of[place].id, day, quantity, days))
        return rows, remarks

    def _find_warehouses(self, company):
        """Warehouse by code, and by name: Odoo's codes hold five characters, other systems' may be longer."""
        found = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        return {warehouse[name]: warehouse for name in ("name", "code") for warehouse in found}

    def _product_problem(self, product):
        """Why demand cannot be booked on ``product`` (None, no or one record), or None."""
        if product is None:
            return self.env._("No product has this internal reference: create it first.")
        if not product:
            return self.env._("Several products have this internal reference: make it unique.")
        if not product.is_storable:
            return self.env._("The product is not tracked in stock: switch on 'Track Inventory'.")
        return None

    def _find_products(self, codes, company):
        """Product by internal reference, archived ones too; an empty record where it is not unique."""
        found = self.env["product.product"].with_context(active_test=False)
        domain = [("default_code", "in", list(codes)), ("company_id", "in", (company.id, False))]
        found = found.search_fetch(domain, ["default_code", "active"])
        products = {}
        for code, candidates in found.grouped("default_code").items():
            active = candidates.filtered("active")
            chosen = active or candidates
            products[code] = chosen if len(chosen) == 1 else chosen.browse()
        return products

    def _make_masters(self, parsed, company, products, warehouses):
        """Create what the file names and the demo database lacks; one remark for each assumption."""
        missing_products = sorted(set(parsed.product_codes) - set(products))
        missing_warehouses = sorted(set(parsed.warehouse_codes) - set(warehouses))
        assumed = {}
        if missing_warehouses:
            taken = set(warehouses)
            codes = [(code, self._short_code(code, taken)) for code in missing_warehouses]
            created = self.env["stock.warehouse"].create(
                [{"name": name, "code": short, "company_id": company.id} for name, short in codes]
            )
            warehouses.update(zip(missing_warehouses, created, strict=True))
            assumed["warehouse_code"] = self.env._("%(count)d warehouses were created.", count=len(created))
        if missing_products:
            vendor = self._demo_vendor(company)
            price = {"partner_id": vendor.id, "delay": 30, "min_qty": 0.0, "price": 10.0}
            created = self.env["product.product"].create(
                [
                    {
                        "name": parsed.product_names.get(code) or code,
                        "default_code": code,
                        "type": "consu",
                        "is_storable": True,
                        "standard_price": 10.0,
                        "seller_ids": [fields.Command.create(price)],
                    }
                    for code in missing_products
                ]
            )
            products.update({product.default_code: product for product in created})
            assumed["product_code"] = self.env._(
                "%(count)d products were created with unit Units, cost 10, vendor %(vendor)s and a lead time of 30 days.",
                count=len(created),
                vendor=vendor.name,
            )
        return [{"kind": "assumed", "column": column, "reason": reason} for column, reason in assumed.items()]

    def _short_code(self, code, taken):
        """A code of at most five characters that no other warehouse has; added to ``taken``."""
        short, number = code[:5], 0
        while short in taken or (short != code and not number):
            number += 1
            short = f"{code[: 5 - len(str(number))]}{number}"
        taken.add(short)
        return short

    def _demo_vendor(self, company):
        name = "Demo Vendor"
        partners = self.env["res.partner"]
        return partners.search([("name", "=", name)], limit=1) or partners.create(
            [{"name": name, "is_company": True, "company_id": False, "supplier_rank": 1}]
        )

    def _refuse_known(self, rows):
        """Rows that were imported before are refused, so that no demand counts twice."""
        known = {
            (row.product_id.id, row.warehouse_id.id, row.date): row.import_id
            for row in self.env["medical.demand.history"].search_fetch(
                [("company_id", "=", self.company_id.id), ("product_id", "in", list({row[1] for row in rows}))],
                ["product_id", "warehouse_id", "date", "import_id"],
            )
        }
        kept, remarks = [], []
        for row in rows:
            earlier = known.get((row[1], row[2], row[3]))
            if earlier is None:
                kept.append(row)
                continue
            reason = self.env._("Imported already with %(name)s; cancel that import first.", name=earlier.name)
            remarks.append({"line": row[0], "column": "date", "value": str(row[3]), "reason": reason})
        return kept, remarks

    @api.model
    def _end_of_data(self, company):
        """As-of of the newest import in force, or None."""
        newest = self.search([("company_id", "=", company.id), ("state", "=", "done")], order="as_of desc", limit=1)
        return newest.as_of or None

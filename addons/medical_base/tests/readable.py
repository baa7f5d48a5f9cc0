"""What an addon adds to models of core has to work for whoever may see the record.

Computed values that do not depend on the user are shared in the cache of a transaction, so that a test which reads
as administrator first hides the access error of the next person: here everybody reads with an empty one.
"""

from traceback import walk_tb

from odoo.tools import mute_logger

from .web_client import specification

# Who sees records of core, by no more than one app's group.
PEOPLE = {
    "employee": "base.group_user",
    "buyer": "purchase.group_purchase_user",
    "seller": "sales_team.group_sale_salesman_all_leads",
    "clerk": "stock.group_stock_user",
    "manager": "stock.group_stock_manager",
    "worker": "mrp.group_mrp_user",
    "biller": "account.group_account_invoice",
    "administrator": "base.group_system",
    "customer": "base.group_portal",
}
VIEWS = ("form", "list", "kanban", "search")
RECORDS = 10


class ReadableMixin:
    """To be inherited beside the case of an addon, which has made records of all that the addon extends.

    ``_addon`` is its name. Refusals by core's own fields and screens, which there are for some of these people, do
    not count; those do that a field of ours meets, or a method of ours on its way.
    """

    _addon = ""
    allow_inherited_tests_method = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            name: cls._user(f"sees_{name}", group)
            for name, group in PEOPLE.items()
            if cls.env.ref(group, raise_if_not_found=False)
        }

    def test_whoever_may_see_a_record_can_read_and_open_it(self):
        models = self._extended_models()
        self.assertTrue(models)
        self._subscribe_customer(models)
        errors, seen = [], set()
        for model in models:
            for name, user in self.people.items():
                records = self.env[model].with_user(user).with_context(allowed_company_ids=self.company.ids)
                if not records.has_access("read"):
                    continue
                self.env.registry.clear_cache()
                found = records.with_context(active_test=False).search([], order="id desc", limit=RECORDS)
                if found or records.is_transient():
                    seen.add(model)
                errors += self._read_errors(name, found)
                if name != "customer":
                    errors += self._open_errors(name, records, found)
        self.assertFalse(errors, "\n" + "\n".join(errors))
        self.assertEqual(set(models), seen, "the test needs a record of each")

    def _extended_models(self):
        """Models of core that the addon extends."""
        return sorted(
            name
            for name, model in self.env.registry.items()
            if not model._abstract
            and not model._original_module.startswith("medical_")
            and any(
                vars(base).get("_module") == self._addon and vars(base).get("_name") == name for base in model.__mro__
            )
        )

    def _subscribe_customer(self, models):
        """Portal users see documents that they follow."""
        customer = self.people.get("customer")
        for model in models:
            records = self.env[model]
            if customer and "message_partner_ids" in records._fields:
                for record in records.search([], order="id desc", limit=RECORDS):
                    record.message_partner_ids |= customer.partner_id
        self.env.flush_all()

    def _ours(self, field):
        return self._addon in field._modules

    def _read_errors(self, name, records):
        """Refusals of all fields at once, and in halves down to the ones that are refused."""
        refused, errors = [list(records.fields_get(attributes=["type"]))], []
        while refused:
            fields = refused.pop()
            error = self._refused(lambda fields=fields: records.read(fields))
            if error and len(fields) > 1:
                half = len(fields) // 2
                refused += [fields[:half], fields[half:]]
            elif error and (self._ours(records._fields[fields[0]]) or self._passes_ours(error)):
                errors.append(self._sentence(f"{name} reads {records._name}.{fields[0]}", error))
        return errors

    def _open_errors(self, name, records, found):
        """As the web client does: the list, filters, each record in its form, and a new one where there may be."""
        views = {}
        if error := self._refused(lambda: views.update(records.get_views([(False, kind) for kind in VIEWS]))):
            return [self._sentence(f"{name} gets the views of {records._name}", error)]
        form, rows = (specification(views, kind, records._name) for kind in ("form", "list"))
        calls = {
            "opens the list of": (lambda asked: records.web_search_read([], asked, limit=RECORDS), rows),
            "opens": (found.web_read, form),
            "filters": (lambda asked: self._filter(records), form),
        }
        if records.has_access("create"):
            calls["begins a new"] = (lambda asked: records.onchange({}, [], asked), form)
        errors = []
        for what, (call, asked) in calls.items():
            error = self._refused(lambda call=call, asked=asked: call(asked))
            if error and not self._is_core(error, call, self._without_ours(records, asked)):
                errors.append(self._sentence(f"{name} {what} {records._name}", error))
        return errors

    def _filter(self, records):
        """Ask by each field of ours that is not stored and can be asked for."""
        for name, field in records._fields.items():
            if self._ours(field) and field.search and not field.store and records._has_field_access(field, "read"):
                records.search([(name, "!=", False)], limit=1)

    def _without_ours(self, records, asked):
        """What core alone would have asked for."""
        return {
            name: {**below, "fields": self._without_ours(self.env[records._fields[name].comodel_name], below["fields"])}
            if "fields" in below and records._fields[name].comodel_name
            else below
            for name, below in asked.items()
            if not self._ours(records._fields[name])
        }

    def _is_core(self, error, call, asked):
        return not self._passes_ours(error) and bool(self._refused(lambda: call(asked)))

    def _passes_ours(self, error):
        """Whether a method of ours was refused, other than by what it extends."""
        frames = [frame.f_code for frame, _line in walk_tb(error.__traceback__)]
        return any(
            "/medical_" in code.co_filename and "/tests/" not in code.co_filename and code.co_name != inner.co_name
            for code, inner in zip(frames, frames[1:], strict=False)
        )

    def _refused(self, call):
        """The error that the call meets, or None; nothing is in any cache before."""
        self.env.invalidate_all()
        loggers = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
        try:
            with mute_logger(*loggers), self.env.cr.savepoint(flush=False):
                call()
        except Exception as error:
            return error
        return None

    def _sentence(self, what, error):
        return f"{what}: {' '.join(str(error).split())[:160]}"

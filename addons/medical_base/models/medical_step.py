from collections.abc import Iterable

from odoo import api, fields, models
from odoo.tools import SQL


class MedicalStep(models.Model):
    """Who took which step of which document, when, from where to where, and why.

    Rows are written by ``medical.document.mixin`` only, one statement for a set; nobody changes or deletes them.
    """

    _name = "medical.step"
    _description = "Step of a Document"
    _inherit = ["medical.append.only.mixin", "medical.reference.mixin"]
    _order = "id desc"
    _log_access = False

    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="model", required=True, readonly=True, aggregator=None)
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null", ondelete="restrict")
    step = fields.Char("Method", required=True, readonly=True)
    state_from = fields.Char("State Before", required=True, readonly=True)
    state_to = fields.Char("State After", required=True, readonly=True)
    user_id = fields.Many2one("res.users", required=True, readonly=True, index=True, ondelete="restrict")
    date = fields.Datetime(required=True, readonly=True)
    reason = fields.Char(readonly=True)
    signature_id = fields.Many2one("medical.signature", readonly=True, index="btree_not_null", ondelete="restrict")
    label = fields.Char("Step", compute="_compute_label")
    way = fields.Char("From → To", compute="_compute_label")

    _record_idx = models.Index("(model, res_id)")

    @api.depends("model", "step", "state_from", "state_to")
    @api.depends_context("lang")
    def _compute_label(self):
        for row in self:
            document = self.env[row.model] if row.model in self.env else None
            declared = document._get_steps().get(row.step) if document is not None else None
            states = document._state_labels() if document is not None else {}
            row.label = self.env._(declared.label) if declared else row.step
            before, after = (states.get(state, state) for state in (row.state_from, row.state_to))
            row.way = before if row.state_from == row.state_to else f"{before} → {after}"

    # Reading: whoever may read the document

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs):
        query = super()._search(domain, offset, limit, order, bypass_access=bypass_access, **kwargs)
        if self.env.su or bypass_access:
            return query
        columns = [self._field_to_sql(self._table, name) for name in ("id", "model", "res_id")]
        rows = self.env.execute_query(query.select(*columns))
        return self._of_readable(rows)._as_query(order)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not any(self._ids) or (result and result[0] == self):
            return result
        rows = [(step.id, step.model, step.res_id) for step in self.sudo()]  # superuser: to see what it is about
        hidden = self - self._of_readable(rows)
        if not hidden:
            return result
        hidden |= result[0] if result else self.browse()
        return hidden, lambda: self.env["ir.rule"]._make_access_error(operation, hidden)

    @api.model
    def _of_readable(self, rows):
        """Those of the steps ``(id, model, document's id)`` whose document the user may read."""
        documents: dict[str, set[int]] = {}
        for _id, model, res_id in rows:
            documents.setdefault(model, set()).add(res_id)
        readable = {
            model: set(self.env[model].browse(ids).exists()._filtered_access("read")._ids)
            for model, ids in documents.items()
            if model in self.env
        }
        return self.browse(id_ for id_, model, res_id in rows if res_id in readable.get(model, ()))

    # Writing, by SQL only

    def _refusal(self):
        # No super(): the mixin's sentence names another writer.
        return self.env._("Steps are written when somebody takes them; nobody can add, change or delete them.")

    @api.model
    def _record(self, documents, step: str, before: dict[int, str], signatures):
        """Insert one row for each of ``documents``, which are in the state after the step.

        :param before: record id → state before
        :param signatures: the signatures of the step, empty where it is not signed
        """
        documents = documents._medical_once()
        if not documents:
            return
        signed = {signature.res_id: signature.id for signature in signatures}
        companies = self.env["medical.audit.entry"]._log_companies(documents, ())
        text = self.env["medical.audit.entry"]._log_text
        self._insert_rows(
            {"model": documents._name, "step": step, "user_id": self.env.uid, "date": fields.Datetime.now()},
            {
                "res_id": documents.ids,
                "company_id": [companies.get(id_) or None for id_ in documents.ids],
                "state_from": [before[id_] for id_ in documents.ids],
                "state_to": documents.mapped("state"),
                "reason": [text(document._reason()) for document in documents],
                "signature_id": [signed.get(id_) for id_ in documents.ids],
            },
        )
        documents.invalidate_recordset(["step_ids"])

    @api.model
    def _takers(self, documents, steps: Iterable[str], again: str) -> dict[int, set[int]]:
        """Record id → ids of the users who took one of ``steps`` (names of methods).

        A step whose signature was invalidated binds nobody any more, unless the signer did it: whoever changes what they
        signed stays bound until somebody has taken the step again, or takes it ``again`` themselves.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT step.res_id, array_agg(step.user_id)
                  FROM medical_step step LEFT JOIN medical_signature signature ON signature.id = step.signature_id
                 WHERE step.model = %s AND step.res_id = ANY(%s) AND step.step = ANY(%s)
                   AND (signature.invalidated_on IS NULL
                        OR signature.invalidated_by_id = step.user_id AND step.step <> %s AND NOT EXISTS (
                        SELECT FROM medical_step later
                         WHERE later.model = step.model AND later.res_id = step.res_id AND later.step = step.step
                           AND later.id > step.id))
                 GROUP BY step.res_id
                """,
                documents._name,
                documents.ids,
                list(steps),
                again,
            )
        )
        return {res_id: set(users) for res_id, users in rows}

    @api.model
    def _have_been_in(self, documents, states: Iterable[str]) -> set[int]:
        """Ids of the documents that a step led to one of ``states`` once, or from there."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT res_id FROM medical_step "
                "WHERE model = %s AND res_id = ANY(%s) AND (state_to = ANY(%s) OR state_from = ANY(%s))",
                documents._name,
                documents.ids,
                list(states),
                list(states),
            )
        )
        return {res_id for (res_id,) in rows}

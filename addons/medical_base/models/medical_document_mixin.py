"""Records with a life cycle: their steps are declared, and everything around a step is done here."""

import inspect
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .medical_reason_mixin import CREDENTIAL_KEYS, HASHES_KEY, REASON_KEY
from .medical_signature import MEANINGS

_logger = logging.getLogger(__name__)
_OURS = "odoo.addons.medical_"


class MedicalDocumentMixin(models.AbstractModel):
    """A record with a life cycle, whose steps are declared with ``@step`` (``medical_base.document``)::

        class Deviation(models.Model):
            _name = "medical.deviation"
            _inherit = ["medical.document.mixin", "medical.signed.mixin", "mail.thread"]
            _number = "medical.deviation"
            _settles = {"open": ("description", "line_ids")}
            _kept_from = "reported"

            state = fields.Selection([("open", "Open"), ("reported", "Reported"), ("closed", "Closed")])

            @step("open", to="reported", label=_lt("Report"), group=QUALITY_USER)
            def action_report(self):
                "Only what follows from the step."

            def _unmet_report(self):
                return {record: [record.env._("…")] for record in self if not record.line_ids}

    Whoever takes a step is asked, in this order: access, group, state, separation of duties, what is unmet, signature
    or reason. Then the body runs, the state is written, a row of ``medical.step`` tells who did what, and the clocks
    of the own procedure stop and start. The system takes steps with ``_take``, which asks for state and unmet only.

    - ``state``: a Selection in the order of life; documents begin in the first one.
    - ``_settles``: state → fields that may be edited up to that state and not after it; ``""``: not once the document
      is made. Lines follow their field (``medical.document.line.mixin``). What settled fields point to cannot be deleted.
    - ``_kept_from``: a document that has ever reached this state cannot be deleted, whatever the context says, nor can
      its files, nor what would take it along (``ondelete="cascade"``), nor is it moved to another company;
      ``_dropped_states`` names those of the later states that drafts are thrown away with.
    - ``_number``: code of a sequence; the document gets its number in ``name`` when it is first kept.
    - ``_unmet_<step>(**arguments)``: document → a sentence that says what is missing, or several. The form shows them too.
    - ``_do_<step>``: the body, which extensions override; ``_after_<step>``: what needs the new state.

    Extensions of a model may add to ``_settles``: the mappings of all its classes count together.
    """

    _name = "medical.document.mixin"
    _description = "Document"
    _inherit = ["medical.guarded.mixin", "medical.audited.mixin", "medical.kept.files.mixin"]

    _number = ""
    _settles: dict[str, tuple[str, ...]] = {}
    _kept_from: str | None = None
    _dropped_states: tuple[str, ...] = ()

    state = fields.Selection(
        "_selection_state",  # each document gives its own
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        default=lambda self: self._first_state(),
    )
    step_ids = fields.One2many("medical.step", "res_id", "Steps", readonly=True)
    available_steps = fields.Char(
        compute="_compute_available_steps", help="The steps that you may take now, between commas."
    )
    waits_for = fields.Text(compute="_compute_waits_for", help="What the next steps ask for and is not there yet.")

    # The declaration

    @api.model
    def _valid_field_parameter(self, field, name):
        # A document without chatter has a state that nobody tracks.
        return name == "tracking" or super()._valid_field_parameter(field, name)

    @api.model
    def _get_guarded_fields(self):
        written = {name for step in self._get_steps().values() for name in (step.by, step.on, step.why) if name}
        return super()._get_guarded_fields() | {"state", *written, *(("name",) if self._number else ())}

    @api.model
    def _get_steps(self) -> dict:
        """Name of the method → its declaration, those of the parts first."""
        return type(self)._declared_steps

    @api.model
    def _get_settles(self) -> dict[str, str]:
        """Field → the last state in which it may be edited."""
        return type(self)._declared_settles

    @api.model
    def _collect_declaration(self):
        """Read the declarations of all classes of the model once, when the registry has put them together."""
        steps, settles = {}, {}
        for cls in reversed(type(self).mro()):
            for name, attribute in vars(cls).items():
                if declared := getattr(attribute, "_medical_step", None):
                    steps[name] = declared
            for state, names in vars(cls).get("_settles", {}).items():
                settles.update(dict.fromkeys(names, state))
        order = [] if self._abstract else ["", *self._states()]
        company = self._fields.get("company_id")
        if self._kept_from in order and company and company.store and not company.related:
            settles.setdefault("company_id", order[order.index(self._kept_from) - 1])
        type(self)._declared_steps, type(self)._declared_settles = steps, settles

    @api.model
    def _selection_state(self):
        return []

    @api.model
    def _first_state(self) -> str:
        return next(iter(self._states()), False)

    @api.model
    def _states(self) -> list[str]:
        return [key for key, _label in self._fields["state"].selection]

    @api.model
    def _state_labels(self) -> dict[str, str]:
        return dict(self._fields["state"]._description_selection(self.env))

    def _state_label(self) -> str:
        return self._state_labels()[self.state]

    @api.model
    def _post_model_setup__(self):
        self._collect_declaration()
        if not self._abstract:
            self._check_declaration()
            self._refuse_undeclared()
            people = {step.by for step in self._get_steps().values() if step.by}
            self._keep_referenced(people.union(self._get_settles()))
        return super()._post_model_setup__()

    @api.model
    def _check_declaration(self):
        states, steps = set(self._states()), self._get_steps()
        named = {state for step in steps.values() for state in (*step.states, step.limit_from, step.to) if state}
        named |= {*self._get_settles().values(), *self._dropped_states, self._kept_from or ""}
        if unknown := named - states - {""}:
            raise TypeError(f"{self._name}: there is no state {', '.join(sorted(unknown))}")
        if not steps:
            raise TypeError(f"{self._name}: a document declares its steps")
        if self._number and not self._kept_from:
            raise TypeError(f"{self._name}: a document with a number says from which state it is kept")
        if unknown := set(self._get_settles()) - set(self._fields):
            raise TypeError(f"{self._name}: _settles names {', '.join(sorted(unknown))}, which do not exist")
        for step in steps.values():
            if step.sign and step.sign not in dict(MEANINGS):
                raise TypeError(f"{self._name}.{step.name}: {step.sign!r} is no meaning of a signature")
            if step.sign and not hasattr(self, "_prove"):
                raise TypeError(f"{self._name}.{step.name}: a document that is signed inherits medical.signed.mixin")
            bodies = filter(None, (getattr(type(self), f"{hook}_{step.key}", None) for hook in ("_do", "_unmet")))
            if not (step.single or step.system) and any("ensure_one" in body.__code__.co_names for body in bodies):
                raise TypeError(f"{self._name}.{step.name}: a step on one document at a time is declared single")
            if step.limit and not hasattr(self, "_start_limit"):
                raise TypeError(f"{self._name}.{step.name}: a document with a limit inherits medical.clocked.mixin")
            if "content" in step.not_by and not step.sign:
                raise TypeError(f"{self._name}.{step.name}: there is no content where nobody signs")
            for name in self._duties(step):
                if name not in self._fields and f"action_{name}" not in steps:
                    raise TypeError(f"{self._name}.{step.name}: {name!r} is neither a field nor a step")
                if name in self._fields and not self._tells_who(name, step):
                    raise TypeError(
                        f"{self._name}.{step.name}: {name!r} keeps nobody out. A field with users is guarded, or settled "
                        "before the step; any other is audited, or holds audited lines"
                    )
        registry = self.env.registry
        lines = registry["medical.document.line.mixin"]
        for name in self._get_settles():
            field = self._fields[name]
            if field.type == "one2many" and not issubclass(registry[field.comodel_name], lines):
                raise TypeError(f"{field}: lines that are settled inherit medical.document.line.mixin")

    @api.model
    def _duties(self, step) -> list[str]:
        """What a step is not taken by, with the fields that ``content`` stands for."""
        content = [path.partition(".")[0] for path in self._get_signed_fields()] if "content" in step.not_by else []
        return [*dict.fromkeys([*(name for name in step.not_by if name != "content"), *content])]

    @api.model
    def _tells_who(self, name: str, step) -> bool:
        """Whether the field says who may not take the step, and those it names cannot take themselves out."""
        field, audited = self._fields[name], self.env.registry["medical.audited.mixin"]
        if field.comodel_name == "res.users":
            order, last = ["", *self._states()], self._get_settles().get(name)
            return (
                name in ("create_uid", *self._get_guarded_fields())
                or not field.store
                or (last is not None and all(order.index(state) > order.index(last) for state in step.states))
            )
        if field.type == "one2many":
            lines = self.env[field.comodel_name]
            return isinstance(lines, audited) and bool(lines._get_audited_fields())
        return name in self._get_audited_fields()

    @api.model
    def _refuse_undeclared(self):
        """A public method of the suite on a document is a step, one that core has too, or ``action_view_*``."""
        cls = type(self)
        for owner in cls.mro():
            if not owner.__module__.startswith(_OURS):
                continue
            for name, method in vars(owner).items():
                if (
                    name.startswith(("_", "action_view_"))
                    or not inspect.isfunction(method)
                    or hasattr(method, "_medical_step")
                    or getattr(method, "_api_private", False)
                    or any(name in vars(base) for base in cls.mro() if not base.__module__.startswith(_OURS))
                ):
                    continue
                _logger.error("%s.%s is public and no declared step: it is refused over RPC", self._name, name)
                method._api_private = True

    # What people see

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_available_steps(self):
        steps = [step for step in self._get_steps().values() if not step.system]
        steps = [step for step in steps if self._has_group_of(step) and self.browse().has_access(step.access)]
        kept_out = {step: self._kept_out(step) for step in steps}
        for record in self:
            names = [
                step.name for step, refused in kept_out.items() if record.state in step.states and record not in refused
            ]
            record.available_steps = f",{','.join(names)},"

    @api.depends("state")
    def _compute_waits_for(self):
        for record in self:  # shown on the form only
            sentences = [
                sentence
                for step in record._next_steps()
                if record.id
                for sentence in record._unmet(step, {}).get(record, ())
            ]
            record.waits_for = "\n".join(dict.fromkeys(sentences)) or False

    def _next_steps(self) -> list:
        """The steps of people that lead to the next state, of those that need no arguments."""
        order = self._states()
        onward = [
            step
            for step in self._get_steps().values()
            if not step.system
            and not step.required
            and self.state in step.states
            and step.to
            and order.index(step.to) > order.index(self.state)
        ]
        nearest = min((order.index(step.to) for step in onward), default=None)
        return [step for step in onward if order.index(step.to) == nearest]

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Buttons of steps are shown to those who may take them, in the states from which they start."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type != "form":
            return arch, view
        steps, order = self._get_steps(), self._states()
        for button in arch.xpath("//button[not(ancestor::field)]"):
            # A window that asks for what the step needs is opened by action_view_<step>.
            name = (button.get("name") or "").replace("action_view_", "action_")
            if name in steps:
                hidden = f"',{name},' not in available_steps"
                own = button.get("invisible")
                button.set("invisible", f"({own}) or {hidden}" if own else hidden)
        for field in arch.xpath("//field[not(ancestor::field)][not(@readonly)]"):
            last = self._get_settles().get(field.get("name"))
            if last is not None:
                field.set("readonly", f"state not in {order[: order.index(last) + 1]}" if last else "id")
        for name in {"state", "available_steps"} - {
            field.get("name") for field in arch.xpath("//field[not(ancestor::field)]")
        }:
            arch.append(arch.makeelement("field", name=name, invisible="1"))
        header = arch.find("header")
        if header is not None:
            button = header.makeelement("button", name="action_view_steps", type="object", invisible="not id")
            button.set("string", self.env._("Steps"))
            button.set("class", "btn-link")
            header.append(button)
        return arch, view

    def _state_diagram(self) -> str:
        """The life of the document as an SVG picture, the present state of a single one marked."""
        from ..engine.state_diagram import Arrow, svg

        arrows = [Arrow(self.env._(step.label), step.states, step.to) for step in self._get_steps().values() if step.to]
        return svg(self._state_labels(), arrows, self.state if len(self) == 1 else None)

    def action_view_steps(self):
        """How the document goes on, and who took which step."""
        self.ensure_one()
        return self.env["medical.document.steps"]._window(self)

    # Taking a step

    def _take(self, name: str, reason: str | None = None, **kwargs):
        """Take a step for the system: its state and what is unmet are checked, not the person.

        :param name: of the method
        :param reason: why, for the audit trail and the row of the step
        :return: what the body of the step returns
        """
        step = self._get_steps()[name]
        if not self:
            return None
        records = self._with_reason(reason) if reason else self
        records._check_step_state(step)
        records._check_unmet(step, kwargs)
        return records._run(step, kwargs)

    def _take_as_person(self, name: str, kwargs: dict):
        """Take a step for the present user, who is asked for what it needs."""
        step = self._get_steps()[name]
        credentials = {key: self.env.context[key] for key in CREDENTIAL_KEYS if key in self.env.context}
        hashes = self.env.context.get(HASHES_KEY)
        # The same id twice in one call is one act; over RPC anything may stand where an id should.
        ids = self._ids if all(type(id_) is int and id_ > 0 for id_ in self._ids) else ()
        records = self.browse(dict.fromkeys(ids))._without_credentials()
        reason = kwargs.get("reason") if "reason" in step.parameters else kwargs.pop("reason", None)
        if reason is not None:
            records = records._with_reason(reason)
        records._check_may_take(step)
        records._check_unmet(step, kwargs)
        unsaid = step.reason is True and not isinstance(records.env.context.get(REASON_KEY), str)
        if (step.sign and not credentials) or (unsaid and not step.sign):
            return records.env["medical.sign"]._open_for(records, step.name, kwargs)
        if step.reason is True and not records._reason():
            raise UserError(
                records.env._("Say why you sign: the reason is recorded with the signature.")
                if step.sign
                else records.env._("Give a reason: it is kept with the step.")
            )
        signatures = records.env["medical.signature"]
        if step.sign:
            records._check_listed(hashes)
            method = records._prove(credentials)  # before a number is used up
            records._give_number(step)
            signatures = signatures._record(records, step.sign, method, records._reason())
        result = records._run(step, kwargs, signatures)
        return True if result is None else result

    def _run(self, step, kwargs: dict, signatures=()):
        self._give_number(step)
        documents = self.sudo()  # superuser: that the step was taken is a fact, whatever the person may write
        before = {document.id: document.state for document in documents}
        result = getattr(self, f"_do_{step.key}")(**kwargs)
        self._write_state(step)
        # Before what follows, which may take further steps.
        self.env["medical.step"]._record(documents, step.name, before, signatures)
        if after := getattr(self, f"_after_{step.key}", None):
            after(**kwargs)
        self._keep_limits(step)
        return result

    def _write_state(self, step):
        vals = {"state": step.to} if step.to else {}
        if step.by:
            vals[step.by] = self.env.uid
        if step.on:
            day = self._fields[step.on].type == "date"
            vals[step.on] = fields.Date.context_today(self) if day else fields.Datetime.now()
        if step.why:
            vals[step.why] = self._reason()
        if vals:
            # Superuser where reading is enough: the step itself is the right to change the state.
            (self.sudo() if step.access == "read" else self)._guarded_write(vals)
        else:
            self._collide()

    def _collide(self):
        """Change the row without changing it: of two who work on the document at once, one is repeated."""
        self.env.cr.execute(
            SQL("UPDATE %s SET state = state WHERE id = ANY(%s)", SQL.identifier(self._table), self.ids)
        )

    # What a step asks for

    @api.model
    def _has_group_of(self, step) -> bool:
        # The superuser is the system itself; no call over RPC is.
        return self.env.su or not step.groups or self.env.user._medical_has_group(*step.groups)

    def _check_may_take(self, step):
        """Refuse whoever may not take the step now, whatever it still asks for."""
        self._check_person(step)
        self._check_step_state(step)
        for sentence in self._kept_out(step).values():
            raise AccessError(sentence)

    def _check_person(self, step):
        if not self:
            raise UserError(self.env._("%(step)s: choose at least one record.", step=self.env._(step.label)))
        if step.single and len(self) > 1:
            raise UserError(self.env._("%(step)s: choose one record at a time.", step=self.env._(step.label)))
        self.check_access("read")
        if not self._has_group_of(step):
            self.env.user._medical_check_group(*step.groups, doing=f"{self.env._(step.label)}, {self[:1].display_name}")
        self.check_access(step.access)

    def _check_step_state(self, step):
        for record in self.sudo():  # superuser: what state a document is in does not depend on who asks
            if record.state not in step.states:
                raise UserError(
                    self.env._(
                        "%(record)s is %(state)s, this step does not follow: %(step)s. Reload the page.",
                        record=record.display_name,
                        state=record._state_label().lower(),
                        step=self.env._(step.label),
                    )
                )

    def _kept_out(self, step) -> dict:
        """document → why the present user may not take the step on it, though they belong to its groups."""
        if not step.not_by:
            return {}
        return {
            record: self.env._(
                "You may not do this: %(step)s, %(record)s, because you worked on it yourself. Ask a second person.",
                step=self.env._(step.label),
                record=record.display_name,
            )
            for record, users in self._excluded(step).items()
            if self.env.user in users
        }

    def _excluded(self, step) -> dict:
        """document → the users who may not take the step, because they did what has to be somebody else's."""
        excluded = {record: self.env["res.users"].sudo() for record in self}  # superuser: the other one is not shown
        saved = self.filtered("id")
        steps = [f"action_{name}" for name in step.not_by if f"action_{name}" in self._get_steps()]
        takers = self.env["medical.step"]._takers(saved, steps, step.name) if steps and saved else {}
        for record in saved:
            excluded[record] |= excluded[record].browse(takers.get(record.id, ()))
        written = []
        for name in self._duties(step):
            field = self._fields.get(name)
            if field is None:
                continue
            if field.comodel_name == "res.users":
                for record in self:
                    excluded[record] |= record.sudo()[name]
            else:
                written.append(field)
        for record, users in saved._writers(written).items() if written and saved else ():
            excluded[record] |= excluded[record].browse(users)
        return excluded

    def _writers(self, written) -> dict:
        """document → ids of those who wrote the fields ``written``, or the lines in them, as the audit trail tells."""
        found: dict = {record: set() for record in self}
        entries = self.env["medical.audit.entry"]
        plain = [field.name for field in written if field.type != "one2many"]
        # Of lines also who took them away, which stands in the trail of the document.
        for names, created in ((plain, True), ([field.name for field in written if field.name not in plain], False)):
            for id_, users in entries._writers(self._name, self.ids, names, created).items() if names else ():
                found[self.browse(id_)] |= users
        for field in written:
            if field.type == "one2many":
                lines = self.sudo()[field.name]  # superuser: as in _excluded
                owners = {line.id: self.browse(line[lines._document_field].id) for line in lines}
                made = lines._made_by_people()
                for some, created in ((made, True), (lines - made, False)):
                    for id_, users in entries._writers(lines._name, some.ids, created=created).items() if some else ():
                        found[owners[id_]] |= users
        return found

    def _unmet(self, step, kwargs: dict) -> dict:
        """document → sentences that say what is missing for the step."""
        unmet = getattr(self, f"_unmet_{step.key}", None)
        found = unmet(**kwargs) if unmet else {}
        return {record: [text] if isinstance(text, str) else text for record, text in found.items()}

    def _check_unmet(self, step, kwargs: dict):
        missing = self._unmet(step, kwargs)
        sentences = [sentence for record in self for sentence in missing.get(record, ())]
        if sentences:
            raise UserError("\n".join(dict.fromkeys(sentences)))

    # Numbers, clocks

    def _give_number(self, step=None):
        """A document gets its number when it is first kept: drafts that are thrown away leave no gap."""
        if not self._number or not self or (step is not None and not (step.to and self._is_kept_state(step.to))):
            return
        # Superuser: who has a number already is a fact, and whoever keeps a document gets one for it.
        bare = self.sudo().filtered(lambda record: not record.name or record.name == "/")
        for company, records in bare.grouped("company_id").items():
            names = self.env["ir.sequence"]._medical_numbers(self._number, company, len(records))
            for record, name in zip(records, names, strict=True):
                record._guarded_write({"name": name})

    def _keep_limits(self, step=None):
        """Stop the clocks whose step was taken, start those that begin in the state that was reached."""
        steps = self._get_steps().values()
        limits = [other for other in steps if other.limit]
        if not limits or not self:
            return
        if step is not None and step.limit:
            self._stop_clocks(step.limit, reason=self._reason())
        state = step.to if step is not None else self._first_state()
        if state is None:
            return
        for trigger in dict.fromkeys(other.limit for other in limits if other.limit_from == state):
            self._start_limit(trigger)
        if not any(state in other.states for other in steps):
            self._cancel_limits(self._reason() or self._state_labels()[state])

    # CRUD

    @api.depends(lambda self: ("name",) if self._number else ())
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for record in self if self._number and self._rec_name == "name" else ():
            if not record.name or record.name == "/":
                kind = self.env["ir.model"]._get(self._name).name
                record.display_name = self.env._("%(kind)s (draft %(id)s)", kind=kind, id=record.id or "–")
        return result

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_references({name for vals in vals_list for name in vals})
        if self._is_kept_state(self._first_state()):
            records._give_number()
        records._keep_limits()
        return records

    def unlink(self):
        # What cannot be deleted is refused below, and nothing of this stays.
        if any(step.limit for step in self._get_steps().values()):
            self._cancel_limits(self.env._("The draft was deleted."))
        return super().unlink()

    def write(self, vals):
        if not self._is_guarded_call():
            self.check_access("write")  # whoever may not write it need not learn what state it is in
            self._refuse_settled(vals)
        result = super().write(vals)
        self._check_references(vals)
        if "company_id" in vals:
            self._check_moved()
        return result

    def _check_references(self, names):
        """Refuse references to what the person may not read, or what is another company's."""
        for name in names:
            if (field := self._fields[name]).type != "reference" or not field.store:
                continue
            for record in self:
                other = record[name]
                if not other or self.env.su:  # superuser: what the system refers to is its own affair
                    continue
                company = "company_id" in other._fields and other.sudo().company_id
                if not other.has_access("read") or (company and company != record.sudo().company_id):
                    raise UserError(
                        self.env._(
                            "%(record)s: choose another record under %(field)s, this one belongs to another company.",
                            record=record.display_name,
                            field=field._description_string(self.env),
                        )
                    )

    def _check_moved(self):
        """What was given to another company is still within reach, and so is all that is on it."""
        self.check_access("write")
        for field in self._fields.values():
            if field.type == "one2many" and field.store and field.comodel_name.startswith("medical."):
                # Superuser: what belongs together does not depend on who asks.
                self.sudo()[field.name]._check_company()

    def update_field_translations(self, field_name, translations, source_lang=""):
        self._refuse_settled([field_name])
        return super().update_field_translations(field_name, translations, source_lang=source_lang)

    def _refuse_settled(self, names):
        """Refuse an edit of fields (or lines) ``names`` where the document has gone beyond the state for it."""
        settles = self._get_settles()
        touched = [name for name in settles if name in names]
        if not touched:
            return
        order = ["", *self._states()]
        for record in self:
            late = [
                name
                for name in touched
                if order.index(record.state) > order.index(settles[name]) and record._is_change(name, names)
            ]
            if late:
                raise UserError(
                    self.env._(
                        "%(record)s is %(state)s and cannot be changed any more: %(fields)s stay as they are. %(advice)s",
                        record=record.display_name,
                        state=record._state_label().lower(),
                        fields=", ".join(sorted(self._fields[name]._description_string(self.env) for name in late)),
                        advice=record._settled_advice(),
                    ).strip()
                )

    def _settled_advice(self) -> str:
        """What to do instead of a change that came too late; a sentence of its own."""
        return ""

    def _is_change(self, name: str, vals) -> bool:
        """Whether ``vals`` say anything else than what is there; forms send fields that nobody touched."""
        field = self._fields[name]
        if not isinstance(vals, dict):
            return True
        if field.type == "one2many" and issubclass(
            self.env.registry[field.comodel_name], self.env.registry["medical.document.line.mixin"]
        ):
            return False  # each line refuses for itself, and knows which of its fields stay open
        if field.type in ("one2many", "many2many", "binary"):
            return True
        return field.convert_to_cache(vals[name], self) != field.convert_to_cache(self[name], self)

    # Keeping

    @api.model
    def _is_kept_state(self, state: str) -> bool:
        order = self._states()
        return bool(
            self._kept_from and order.index(state) >= order.index(self._kept_from) and state not in self._dropped_states
        )

    def _kept(self):
        """Those of the documents that are records: they are, or have been, in a state from which they are kept."""
        states = [state for state in self._states() if self._is_kept_state(state)]
        if not states or not self:
            return self.browse()
        # Superuser: a record is kept also where the user cannot read its state.
        kept = self.filtered(lambda record: record.sudo().state in states)
        rest = self - kept
        return kept + rest.browse(self.env["medical.step"]._have_been_in(rest, states)) if rest else kept

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_unless_kept(self):
        for refusal in self._kept_refusals().values():
            raise UserError(refusal)

    def _kept_refusals(self) -> dict[int, str]:
        """Record id → why it cannot be deleted, of those that are kept."""
        # The retention period stands above: what the law lets go is let go.
        if hasattr(self, "_retention_refusal"):
            return {}
        return {
            record.id: self.env._(
                "%(record)s is %(state)s and is kept as a record: it cannot be deleted.",
                record=record.display_name,
                state=record._state_label().lower(),
            )
            for record in self._kept()
        }

    def _kept_files_refusals(self):
        return self._kept_refusals() | super()._kept_files_refusals()

    def _is_retention_draft(self):
        # Asked by medical.retained.mixin.
        return not self._kept()

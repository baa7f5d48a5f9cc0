"""The same calls in one process and one transaction that is never committed: for buttons that change something.

Run in Odoo's shell, where ``env`` is the superuser's.
"""

import json
import traceback
from contextlib import contextmanager

from web import Refused, Web

from odoo.modules import module
from odoo.service.model import call_kw
from odoo.tools import json_default

from odoo.addons.web.controllers.utils import clean_action


class Inside(Web):
    def __init__(self, env, login):
        self.login = login
        user = env["res.users"].search([("login", "=", login)])
        self.env = env(user=user, su=False)
        self.context = {
            **self.env["res.users"].context_get(),
            "uid": user.id,
            "allowed_company_ids": user.company_id.ids,
        }

    def rpc(self, path, **params):
        try:
            answer = self._doors[path.split("/")[2]](self, **params)
            self.env.flush_all()
        except Exception as error:
            told = {"name": type(error).__name__, "debug": traceback.format_exc()}
            raise Refused(path.removeprefix("web/dataset/"), {"message": str(error), "data": told}) from error
        finally:
            self.env.invalidate_all()
        return json.loads(json.dumps(answer, default=json_default))

    def _load_menus(self):
        return json.loads(json.dumps(self.env["ir.ui.menu"].load_web_menus(False)))

    @contextmanager
    def undone(self):
        """Take back whatever happens in the block, and refuse to keep any of it."""
        cursor = self.env.cr
        cursor.commit = self._refuse_commit
        # As in Odoo's tests: reports stay HTML.
        module.current_test = self
        try:
            yield
        finally:
            module.current_test = None
            del cursor.commit
            cursor.rollback()

    def _refuse_commit(self):
        raise RuntimeError("half of what the button does would be kept")

    def _call_kw(self, model, method, args, kwargs):
        return call_kw(self.env[model], method, args, kwargs)

    def _call_button(self, model, method, args, kwargs):
        action = self._call_kw(model, method, args, kwargs)
        return clean_action(action, env=self.env) if isinstance(action, dict) and action.get("type") != "" else False

    def _load(self, action_id, context):
        """As the route does, which reads actions as superuser."""
        env = self.env(context=context)
        found = env.ref(action_id) if isinstance(action_id, str) and not action_id.isdigit() else None
        found = found or env["ir.actions.actions"].browse(int(action_id))
        real = env[found.sudo().type].sudo().browse(found.id)
        action = real._get_action_dict() if real._name == "ir.actions.act_window" else real.read()[0]
        return clean_action(action, env=env)

    def _run(self, action_id, context):
        action = self.env(context=context)["ir.actions.server"].browse(action_id).run()
        return clean_action(action, env=self.env) if action else False

    _doors = {"call_kw": _call_kw, "call_button": _call_button, "load": _load, "run": _run}

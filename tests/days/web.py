"""A person's browser without the browser: the calls of the web client, each a request of its own with an empty cache."""

import datetime
import json
import time

import requests
from dateutil.relativedelta import relativedelta


class Refused(Exception):
    """What the server answered instead: the text of the dialog, and the traceback behind it."""

    def __init__(self, call, error):
        data = error.get("data", {})
        self.kind = data.get("name", "").rpartition(".")[2]
        self.debug = data.get("debug", "")
        super().__init__(f"{call}: {' '.join(str(data.get('message') or error['message']).split())}")


class Web:
    """One person who is logged in; in the demo company everybody's password is the login."""

    def __init__(self, address, database, login):
        self.address, self.login = address, login
        self.http = requests.Session()
        session = self.rpc("web/session/authenticate", db=database, login=login, password=login)
        self.context = session["user_context"] | {"allowed_company_ids": [session["user_companies"]["current_company"]]}

    def rpc(self, path, **params):
        answer = self.http.post(f"{self.address}/{path}", json={"params": params}, timeout=120)
        answer.raise_for_status()
        answer = answer.json()
        if "error" in answer:
            raise Refused(path.removeprefix("web/dataset/"), answer["error"])
        return answer["result"]

    def call(self, model, method, *args, context=None, door="call_kw", **kwargs):
        kwargs["context"] = {**self.context, **(context or {})}
        path = f"web/dataset/{door}/{model}/{method}"
        return self.rpc(path, model=model, method=method, args=args, kwargs=kwargs)

    def menus(self):
        """Menus that lead somewhere, by what the person reads: ``Purchase / Orders / …`` → number of the action."""
        tree = self._load_menus()
        found = {}

        def look(key, above):
            for child in map(str, tree[key]["children"]):
                path = [*above, tree[child]["name"]]
                if tree[child]["children"]:
                    look(child, path)
                elif tree[child]["actionID"]:
                    found[" / ".join(path)] = tree[child]["actionID"]

        look("root", [])
        return found

    def _load_menus(self):
        return json.loads(self.http.get(f"{self.address}/web/webclient/load_menus", timeout=120).text)

    def action(self, number, context=None):
        """The action as the client shows it; None for one that shows no records."""
        context = {**self.context, **(context or {})}
        action = self.rpc("web/action/load", action_id=number, context=context)
        if action and action["type"] == "ir.actions.server":
            action = self.rpc("web/action/run", action_id=action["id"], context=context)
        return self.window(action, context)

    def window(self, action, names):
        """The action with domain and context evaluated; None for one that shows no records."""
        if not action or action["type"] != "ir.actions.act_window":
            return None
        context = self.evaluate(action.get("context") or {}, names)
        domain = self.evaluate(action.get("domain") or [], {**names, **context})
        return {**action, "context": context, "domain": domain}

    def evaluate(self, expression, names):
        """Value of an expression in an action or a view, which are texts of the addons'."""
        if not isinstance(expression, str):
            return expression
        known = {
            "context_today": datetime.date.today,
            "datetime": datetime,
            "relativedelta": relativedelta,
            "time": time,
            "true": True,
            "false": False,
            "active_id": False,
            "active_ids": [],
            "active_model": False,
            **self.context,
            **names,
        }
        return eval(expression, {"__builtins__": {}, "context": known, **known})

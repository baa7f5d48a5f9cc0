"""Two companies on one database with every app: their people, places, goods, plans; and how people call the server."""

import gc
from contextlib import contextmanager
from datetime import datetime, timedelta

from freezegun import freeze_time

PASSWORD = "company-machine"
START = datetime(2026, 1, 5, 8, 0)
ROLES = {
    "clerk": ("stock.group_stock_user", "mrp.group_mrp_user", "purchase.group_purchase_user"),
    "manager": ("stock.group_stock_manager", "mrp.group_mrp_manager", "product.group_product_manager"),
    "quality": ("medical_base.group_medical_quality_user", "stock.group_stock_user"),
    "approver": ("medical_base.group_medical_quality_approver", "stock.group_stock_user"),
    "second": ("medical_base.group_medical_quality_approver", "stock.group_stock_manager"),
    "recall": ("medical_base.group_medical_recall",),
    "admin": ("base.group_system", "stock.group_stock_manager", "product.group_product_manager"),
}
# Settings that a company of this kind has on: places, lots, units, packages of reservations.
_SETTINGS = (
    "stock.group_stock_multi_locations",
    "stock.group_production_lot",
    "uom.group_uom",
    "stock.group_adv_location",
)


@contextmanager
def opened(database: str, addons_path: str | None = None):
    """The superuser's environment in one transaction that is never committed, on a clock of its own."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    from odoo.addons.base.models import res_users

    other = ["--addons-path", addons_path] if addons_path else []
    config.parse_config(["--no-http", "-d", database, *other], setup_logging=True)
    # Hashing passwords slowly is for real ones.
    res_users.MIN_ROUNDS = 1
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})


class World:
    """What is there before the first day; made once, and every life begins from it."""

    def __init__(self, env):
        self.cr = env.cr
        self.context = {}
        env["ir.config_parameter"].set_param("password.hashing.rounds", "1")
        self._companies()
        self._people()
        self._goods()
        self._quality()
        env.flush_all()
        # What is there by now stays: it need not be looked through for garbage again and again.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    @property
    def env(self):
        """The superuser's environment, of the present step."""
        from odoo import SUPERUSER_ID, api

        return api.Environment(self.cr, SUPERUSER_ID, self.context)

    def forget(self):
        """A cache, and environments, of its own for what comes next, as a call to the server has."""
        self.cr.precommit.clear()
        self.cr.postcommit.clear()
        self.cr.transaction = None

    def _companies(self):
        env = self.env
        first = env.ref("base.main_company")
        first.name, first.partner_id.tz = "North", "Europe/Berlin"
        second = env["res.company"].create({"name": "South", "currency_id": first.currency_id.id})
        second.partner_id.tz = "Asia/Shanghai"
        self.companies = [first.id, second.id]
        self.context = {"allowed_company_ids": self.companies, "lang": "en_US"}
        env = self.env
        env.user.company_ids |= second
        env["stock.warehouse"].create({"name": "South", "code": "SO", "company_id": second.id})
        self.places = {}
        for company in first | second:
            warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
            stock = warehouse.lot_stock_id
            make = env["stock.location"].create
            self.places[company.id] = {
                "warehouse": warehouse.id,
                "stock": stock.id,
                "shelf": make({"name": "Shelf", "location_id": stock.id, "company_id": company.id}).id,
                "quarantine": warehouse._quality_quarantine().id,
                "spare": make(
                    {
                        "name": "Spare Quarantine",
                        "location_id": stock.id,
                        "company_id": company.id,
                        "quality_quarantine": True,
                    }
                ).id,
                "loss": env["product.product"].with_company(company).create({"name": "x"}).property_stock_inventory.id,
                "scrap": env["stock.scrap"].with_company(company).new({"company_id": company.id}).scrap_location_id.id,
                "in": warehouse.in_type_id.id,
                "out": warehouse.out_type_id.id,
                "int": warehouse.int_type_id.id,
                "make": warehouse.manu_type_id.id,
                "outside": company.subcontracting_location_id.id,
            }
            (warehouse.in_type_id | warehouse.out_type_id | warehouse.int_type_id | warehouse.manu_type_id).write(
                {"use_create_lots": True, "use_existing_lots": True}
            )
        self.suppliers = env.ref("stock.stock_location_suppliers").id
        self.customers = env.ref("stock.stock_location_customers").id
        self.transit = env.ref("stock.stock_location_inter_company", raise_if_not_found=False)
        if not self.transit:
            self.transit = env["stock.location"].create({"name": "Between", "usage": "transit", "company_id": False})
        self.transit.active = True
        self.transit = self.transit.id

    def _people(self):
        env = self.env
        env.ref("base.group_user").write({"implied_ids": [(4, env.ref(group).id) for group in _SETTINGS]})
        self.people = {}
        for role, groups in ROLES.items():
            user = env["res.users"].create(
                {
                    "name": role.capitalize(),
                    "login": f"machine_{role}",
                    "password": PASSWORD,
                    "company_id": self.companies[0],
                    "company_ids": [(6, 0, self.companies)],
                    "group_ids": [(4, env.ref(group).id) for group in groups],
                    "notification_type": "inbox",
                }
            )
            self.people[role] = user.id

    def _goods(self):
        env = self.env
        category = env["product.category"].create
        self.devices = category({"name": "Devices"}).id
        self.implants = category({"name": "Implants"}).id
        self.others = category({"name": "Others"}).id
        self.unit = env.ref("uom.product_uom_unit").id
        self.box = env["uom.uom"].create({"name": "Box of 2", "relative_factor": 2, "relative_uom_id": self.unit}).id

        def product(name, categ, **values):
            made = env["product.product"].create(
                {"name": name, "is_storable": True, "tracking": "lot", "categ_id": categ, "company_id": False, **values}
            )
            return made.id

        dates = {"use_expiration_date": True, "expiration_time": 60, "removal_time": 5}
        self.stent = product("Stent", self.devices, **dates)
        self.pump = product("Pump", self.devices, tracking="serial")
        self.screw = product("Screw", self.implants)
        self.pen = product("Pen", self.others)
        self.kit = product("Kit", self.devices)
        self.coil = product("Coil", self.devices)
        self.sheet = product("Sheet", self.others, tracking="none")
        # What people receive, deliver and so on.
        self.products = [self.stent, self.pump, self.screw, self.pen, self.kit, self.coil]
        self.received = [self.stent, self.stent, self.stent, self.pump, self.screw, self.pen]
        partner = env["res.partner"].create
        self.vendors = [partner({"name": name, "company_id": False}).id for name in ("Vendor", "Other Vendor")]
        self.hospital = partner({"name": "Hospital", "company_id": False}).id
        self.subcontractor = partner({"name": "Subcontractor", "company_id": False}).id
        template = env["product.product"].browse(self.kit).product_tmpl_id.id
        self.bom = (
            env["mrp.bom"]
            .create(
                {
                    "product_tmpl_id": template,
                    "company_id": False,
                    "consumption": "flexible",
                    "bom_line_ids": [(0, 0, {"product_id": self.stent, "product_qty": 1})],
                }
            )
            .id
        )
        env["mrp.bom"].create(
            {
                "product_tmpl_id": env["product.product"].browse(self.coil).product_tmpl_id.id,
                "company_id": False,
                "type": "subcontract",
                "subcontractor_ids": [(4, self.subcontractor)],
                "bom_line_ids": [(0, 0, {"product_id": self.sheet, "product_qty": 1})],
            }
        )

    def _quality(self):
        env = self.env
        self.scopes = {}
        feature = env.ref("medical_quality.scope_feature_quality").id
        # South does not control implants yet.
        for company, category in ((0, self.devices), (1, self.devices), (0, self.implants)):
            scope = env["medical.scope"].create(
                {
                    "feature_id": feature,
                    "company_id": self.companies[company],
                    "category_id": category,
                    "valid_from": "2020-01-01",
                    "reason": "Machine",
                }
            )
            scope.action_activate()
            self.scopes[self.companies[company], category] = scope.id
        self.feature = feature
        for company in self.companies:
            for operation, products, four_eyes in (
                ("receipt", [self.pump], True),
                ("receipt", [self.stent], False),
                ("production", [self.kit], False),
            ):
                env["medical.inspection.plan"].create(
                    {
                        "name": f"{operation} {company}",
                        "company_id": company,
                        "operation": operation,
                        "product_ids": [(6, 0, products)],
                        # One vendor's stents are inspected, the other's are not.
                        "partner_id": self.vendors[0] if products == [self.stent] else False,
                        "sampling": "fixed",
                        "sample_size": 1,
                        "label_check": False,
                        "four_eyes": four_eyes,
                        "characteristic_ids": [(0, 0, {"name": "Surface", "kind": "attribute"})],
                    }
                )


class Clock:
    """Time that passes when it is told to, for Python and for what the transaction is said to have begun at."""

    def __init__(self, cr):
        self.cr = cr
        self._freezer = freeze_time(START)
        self._time = None

    def __enter__(self):
        self._time = self._freezer.start()
        self.set(START)
        return self

    def __exit__(self, *problem):
        self._freezer.stop()

    def set(self, moment: datetime):
        self.moment = moment
        self._time.move_to(moment)
        self.cr._now = moment

    def on(self, **span):
        self.set(self.moment + timedelta(**span))


class Person:
    """Somebody at the web client: public methods only, with their own rights, one company first."""

    def __init__(self, world: World, role: str, companies: list[int]):
        self.world, self.role, self.companies = world, role, companies

    def __str__(self):
        return self.role

    def __call__(self, model: str, method: str, *args, sign: str | None = None, context: dict | None = None, **kwargs):
        """One call as the web client sends it.

        :param sign: the reason, for a call that is signed
        """
        from odoo import api
        from odoo.service.model import call_kw

        user = self.world.people[self.role]
        context = {
            "lang": "en_US",
            "tz": "Europe/Berlin",
            "uid": user,
            "allowed_company_ids": self.companies,
            **(context or {}),
        }
        if sign is not None:
            context |= {"signature_password": PASSWORD, "medical_reason": sign}
        env = api.Environment(self.world.cr, user, {})
        result = call_kw(env[model], method, list(args), {**kwargs, "context": context})
        self.world.cr.flush()
        return result

    def answer(self, action, yes: bool = True):
        """Answer the questions that a button asks, as often as it asks."""
        for _question in range(5):
            if not isinstance(action, dict) or action.get("res_model") not in _ANSWERS:
                return action
            positive, negative = _ANSWERS[action["res_model"]]
            context = {
                key: value
                for key, value in (action.get("context") or {}).items()
                if key not in ("allowed_company_ids", "uid", "lang", "tz")
            }
            wizard = action.get("res_id") or self(action["res_model"], "create", {}, context=context)
            action = self(action["res_model"], positive if yes else negative, [wizard], context=context)
        return action


# question → the method that says yes, the one that says no
_ANSWERS = {
    "stock.backorder.confirmation": ("process", "process_cancel_backorder"),
    "expiry.picking.confirmation": ("process", "process"),
    "stock.warn.insufficient.qty.scrap": ("action_done", "action_done"),
    "mrp.consumption.warning": ("action_confirm", "action_confirm"),
    "mrp.production.backorder": ("action_backorder", "action_close_mo"),
}

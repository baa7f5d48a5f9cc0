from odoo.tests import tagged

from odoo.addons.medical_base.tests.readable import ReadableMixin

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestReadable(ReadableMixin, PlanningCase):
    """Reorder rules by proposals, some of which wait for review, and the orders that follow from them."""

    _addon = "medical_planning"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._import()
        cls._switch_on()
        run = cls._run()
        rules = run.proposal_ids.orderpoint_id
        assert rules
        rules.route_id = cls.env.ref("purchase_stock.route_warehouse0_buy")
        rules.action_replenish()
        assert cls.env["purchase.order.line"].search([("medical_proposal_id", "!=", False)])
        cls.env["stock.replenishment.info"].create({"orderpoint_id": rules[:1].id})

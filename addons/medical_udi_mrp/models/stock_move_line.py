from odoo import models
from odoo.exceptions import UserError


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _udi_gate(self):
        result = super()._udi_gate()
        # Of lines that are under control themselves the components are judged there.
        errors = self._udi_components()._udi_component_errors() + self._udi_made_errors()
        if errors:
            raise UserError("\n".join(errors))
        return result

    def _udi_short(self, line):
        # What is made is labelled afterwards; only components are scanned.
        return not line.move_id.production_id and super()._udi_short(line)

    def _udi_issue_errors(self):
        """What an order takes has to be meant for it, besides all that is asked without manufacturing."""
        errors = super()._udi_issue_errors() + self._udi_components()._udi_component_errors()
        return list(dict.fromkeys(errors))

    def _udi_expired_sentence(self, day):
        order = self._udi_components().move_id.raw_material_production_id
        if not order:
            return super()._udi_expired_sentence(day)
        return self.env._(
            "%(number)s of %(product)s expired on %(day)s and must not go into %(order)s: issue another lot.",
            product=self.product_id.display_name,
            number=self.lot_id.name or self.lot_name,
            order=order.name,
            day=day,
        )

    def _udi_components(self):
        """The lines of ``self`` that issue components to their order."""
        return self.filtered(
            lambda line: line.move_id.raw_material_production_id and line.location_dest_id.usage == "production"
        )

    def _udi_component_errors(self):
        """Why components must not be issued to their order: not on it, not on its bill of materials, or expired."""
        errors = []
        for production, lines in self.grouped(lambda line: line.move_id.raw_material_production_id).items():
            controlled = (lines.product_id | production.product_id)._udi_controlled(
                production.warehouse_id, production.company_id
            )
            if production.product_id not in controlled:
                lines = lines.filtered(lambda line, controlled=controlled: line.product_id in controlled)
            listed = production._medical_listed_components() if lines else None
            for line in lines:
                names = {"product": line.product_id.display_name, "order": production.name}
                if line.product_id != line.move_id.product_id:
                    errors.append(
                        self.env._(
                            "%(product)s was put on the line of %(asked)s on %(order)s: issue what the line asks for.",
                            asked=line.move_id.product_id.display_name,
                            **names,
                        )
                    )
                elif listed is not None and line.product_id not in listed:
                    errors.append(line._udi_unlisted_sentence(production))
                expiry = line.lot_id._udi_expiry() if line.lot_id else None
                if expiry and expiry < line._udi_day_done():
                    errors.append(line._udi_expired_sentence(expiry))
        return errors

    def _udi_unlisted_sentence(self, production):
        names = {"product": self.product_id.display_name, "order": production.name}
        if not production._medical_bom():
            return self.env._(
                "%(order)s was confirmed with a bill of materials and has none any more, so %(product)s must not be issued: "
                "give it back its bill, or cancel the order.",
                **names,
            )
        return self.env._(
            "%(product)s is not on %(bom)s, by which %(order)s is made. Take it off, or have the bill of "
            "materials changed first.",
            bom=production.bom_id.display_name,
            **names,
        )

    def _udi_made_errors(self):
        """Why finished lots must not be booked: their DI is not for new stock any more."""
        made = self.filtered(lambda line: line.move_id.production_id and line.location_id.usage == "production")
        errors = []
        for line in made._udi_controlled_lines() if made else ():
            di = line.lot_id.udi_di_id or line.udi_di_id.primary_di_id
            if di.state == "discontinued":
                errors.append(
                    self.env._(
                        "%(product)s, %(number)s: %(di)s is discontinued, nothing new is made under it. Choose the DI that "
                        "replaced it on %(order)s.",
                        product=line.product_id.display_name,
                        number=line.lot_id.name,
                        di=di.code,
                        order=line.move_id.production_id.name,
                    )
                )
        return errors

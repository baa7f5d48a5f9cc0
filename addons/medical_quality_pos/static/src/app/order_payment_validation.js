import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { patch } from "@web/core/utils/patch";

patch(OrderPaymentValidation.prototype, {
    async isOrderValid() {
        if (!(await super.isOrderValid(...arguments))) {
            return false;
        }
        const returned = this.order.lines.filter(
            (line) => line.product_id?._medical_controlled && line.qty <= 0
        );
        if (returned.length && this.pos.data.network.offline) {
            this.pos.medicalSayOffline(returned.map((line) => line.product_id));
            return false;
        }
        return await this.pos.medicalMaySell(this.pos.medicalSold(this.order));
    },

    /** Core keeps orders that did not reach the server as paid; those with goods under control are not sold. */
    handleValidationError(error) {
        const controlled = this.order.lines
            .map((line) => line.product_id)
            .filter((product) => product?._medical_controlled);
        if (!(error instanceof ConnectionLostError) || !controlled.length) {
            return super.handleValidationError(error);
        }
        this.order.state = "draft";
        this.pos.medicalSayOffline(controlled);
        return new RPCError(_t("Not without the server"));
    },
});

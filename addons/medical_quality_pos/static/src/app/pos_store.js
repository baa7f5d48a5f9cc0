import { PosStore } from "@point_of_sale/app/services/pos_store";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { patch } from "@web/core/utils/patch";

patch(PosStore.prototype, {
    /** Say that products under control need the server. */
    medicalSayOffline(products) {
        const names = [...new Set(products.map((product) => product.display_name))].join(", ");
        this.dialog.add(AlertDialog, {
            title: _t("Not without the server"),
            body: _t(
                "%(products)s: whether the lot may be sold is known to the server only, and the till is offline. Sell other products, or wait for the connection.",
                { products: names }
            ),
        });
    },

    /** Ask the server whether lots may be sold, say what stands against it. True where they may. */
    async medicalMaySell(sold) {
        const products = sold.map(([product]) => product);
        if (!sold.length) {
            return true;
        }
        if (this.data.network.offline) {
            this.medicalSayOffline(products);
            return false;
        }
        let said;
        try {
            said = await this.data.call("pos.order.line", "medical_lot_refusals", [
                this.config.id,
                sold.map(([product, number]) => [product.id, number]),
            ]);
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
            this.medicalSayOffline(products);
            return false;
        }
        if (said.length) {
            this.dialog.add(AlertDialog, { title: _t("Not for sale"), body: said.join("\n") });
        }
        return !said.length;
    },

    /** What of an order is under control: pairs of product and number, false for goods without one. */
    medicalSold(order) {
        return order.lines
            .filter((line) => line.product_id?._medical_controlled && line.qty > 0)
            .flatMap((line) => {
                const numbers = line.pack_lot_ids.map((lot) => lot.lot_name).filter(Boolean);
                return (numbers.length ? numbers : [false]).map((number) => [line.product_id, number]);
            });
    },

    async editLots(product) {
        if (!product._medical_controlled) {
            return await super.editLots(...arguments);
        }
        if (this.data.network.offline) {
            this.medicalSayOffline([product]);
            return null;
        }
        const entered = await super.editLots(...arguments);
        if (!entered) {
            return entered;
        }
        const numbers = [
            ...Object.values(entered.modifiedPackLotLines || {}),
            ...entered.newPackLotLines.map((lot) => lot.lot_name),
        ];
        return (await this.medicalMaySell(numbers.map((number) => [product, number]))) ? entered : null;
    },

    async addLineToOrder(vals, order, opts = {}) {
        // A scanned number is taken without asking for it.
        const product = vals.product_id || vals.product_tmpl_id?.product_variant_ids?.[0];
        if (opts.code?.type === "lot" && product?._medical_controlled) {
            if (!(await this.medicalMaySell([[product, opts.code.code]]))) {
                return;
            }
        }
        return await super.addLineToOrder(...arguments);
    },
});

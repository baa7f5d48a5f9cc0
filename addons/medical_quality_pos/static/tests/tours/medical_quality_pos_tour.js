/** @odoo-module */

import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import { registry } from "@web/core/registry";

function says(text) {
    return { content: `said: ${text}`, trigger: `.modal-body:contains("${text}")` };
}

function enterUnknownNumber(number) {
    return [
        {
            content: `enter ${number}, which is not offered`,
            trigger: ".o-autocomplete input",
            run: `edit ${number}`,
        },
        { trigger: ".o-autocomplete--dropdown-item a:contains('Create Lot/Serial number...')" },
        { trigger: ".o-autocomplete input", run: "press Enter" },
        Dialog.confirm(),
    ];
}

function offline(value) {
    return {
        content: value ? "the connection is lost" : "the connection is back",
        trigger: "body",
        run: () => {
            window.posmodel.data.network.offline = value;
        },
    };
}

registry.category("web_tour.tours").add("medical_quality_pos", {
    steps: () =>
        [
            Chrome.startPoS(),
            Dialog.confirm("Open Register"),
            // A number that is on hold is refused when it is entered.
            ProductScreen.clickDisplayedProduct("Till Stent"),
            enterUnknownNumber("TILL-HELD"),
            says("TILL-HELD of Till Stent is on hold"),
            Dialog.confirm("Ok"),
            ProductScreen.orderIsEmpty(),
            // One that is free is sold.
            ProductScreen.clickDisplayedProduct("Till Stent"),
            {
                content: "choose the number that is offered",
                trigger: ".o-autocomplete--dropdown-item a:contains('TILL-GOOD')",
                run: "click",
            },
            { content: "it is chosen", trigger: ".o-autocomplete input:value(TILL-GOOD)" },
            Dialog.confirm(),
            ProductScreen.selectedOrderlineHas("Till Stent", "1"),
            ProductScreen.clickPayButton(),
            PaymentScreen.clickPaymentMethod("Bank"),
            offline(true),
            // Without the server it stays in the order.
            PaymentScreen.clickValidate(),
            says("the till is offline"),
            Dialog.confirm("Ok"),
            offline(false),
            PaymentScreen.clickValidate(),
            ReceiptScreen.isShown(),
            ReceiptScreen.clickNextOrder(),
            // Nor can one be entered.
            offline(true),
            ProductScreen.clickDisplayedProduct("Till Stent"),
            says("the till is offline"),
            Dialog.confirm("Ok"),
            ProductScreen.orderIsEmpty(),
            offline(false),
            Chrome.endTour(),
        ].flat(2),
});

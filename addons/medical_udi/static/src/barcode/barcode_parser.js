import { BarcodeParser } from "@barcodes/js/barcode_parser";
import { patch } from "@web/core/utils/patch";
// Core's own patch of the parser comes first.
import "@barcodes_gs1_nomenclature/js/barcode_parser";

// Symbology identifiers after which GS1 elements follow. The server's parser drops them, the browser's does not.
const PREFIX = /^\](?:C1|e0|d2|Q3|J1)/;

patch(BarcodeParser.prototype, {
    cleanBarcode(barcode) {
        return super.cleanBarcode(barcode.replace(PREFIX, ""));
    },
});

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { PurchaseSuggestCatalogSearchPanel } from "@purchase_stock/product_catalog/search/search_panel";

/** Suggest can follow the forecast; the quantities come from product.product. */
patch(PurchaseSuggestCatalogSearchPanel, {
    basedOnOptions: [["medical_forecast", _t("Forecast")], ...PurchaseSuggestCatalogSearchPanel.basedOnOptions],
});

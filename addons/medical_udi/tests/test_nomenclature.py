"""Core's GS1 parsers, in Python and in the browser, read with our rules what our own parser reads."""

import json
from datetime import date
from pathlib import Path

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, TransactionCase, tagged

from ..engine import parse

GS = "\x1d"
# Element strings with every identifier that core had no rule for, and the symbology identifiers.
STRINGS = [
    "010401234500001611260115172812311027A",
    f"]d2010401234500001611260115172812311027A{GS}21S-9",
    "]C101040123450000161728123110L1",
    "]e001040123450000161728123110L1",
    f"]Q30104012345000016103456789{GS}213456789-012",
    f"]J10104012345000016103456789{GS}",
    f"{GS}01040123450000162411{GS}1728123110L1",
    f"010401234500001622VAR1{GS}10L1",
    "01040123450000162042" + "10L1",
    f"010401234500001610L1{GS}235TPX",
    f"0104012345000016240CAT-77{GS}241PO9{GS}22A1{GS}10L2",
    f"010401234500001624212{GS}10L2",
    f"0104012345000016243BOX{GS}10L2",
    f"010401234500001621S1{GS}250SN2",
    f"010401234500001621S1{GS}251REF",
    f"010401234500001670032812311530{GS}10KIT-4",
    f"01040123450000168005000123{GS}10L1",
    f"01040123450000168012V1.2.3{GS}10L1",
    f"010401234500001610L1{GS}7121234567",
    f"010401234500001610L1{GS}99TESTING{GS}90X",
    "01040123450000161627123110L1",
    "01040123450000161728020010LASTOFMONTH",
    "17281231" + "10ONLYPI",
    f"0104012345000016172812313025{GS}10AB12",
]
# What core cannot read although it is right, and why.
BEYOND_CORE = {
    f"010401234500001610L1{GS}800826011513{GS}": "8008, the time of production, is not on device labels: no rule",
    f"010401234500001610L1{GS}4200112{GS}": "420, a postal code, is on parcels: no rule",
}


def _shared():
    """The shared vectors lie beside the project, or nowhere."""
    path = Path(__file__).resolve().parents[4] / "shared" / "data" / "udi_vectors.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return [
        row["raw"]
        for row in rows
        if row["issuing_agency"] == "GS1" and row["valid"] and row.get("format") in ("element_string", "aim")
    ]


def _ours(raw):
    """What our parser reads of it, by the types of core's rules."""
    udi = parse(raw, fields.Date.today())
    assert udi.valid, (raw, udi.errors)
    return {
        "01": udi.di,
        "10": udi.lot,
        "21": udi.serial,
        "expiry": udi.expiry and udi.expiry.isoformat(),
        "11": udi.production_date and udi.production_date.isoformat(),
        "quantity": udi.quantity,
    }


def _by_identifier(parts):
    """The same of what core's parser returned: (identifier, value) pairs; dates as text."""
    found = dict(parts)
    return {
        "01": found.get("01"),
        "10": found.get("10"),
        "21": found.get("21"),
        "expiry": found.get("17") or found.get("7003"),
        "11": found.get("11"),
        "quantity": found.get("30") or found.get("37"),
    }


@tagged("post_install", "-at_install")
class TestNomenclature(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nomenclature = cls.env.ref("barcodes_gs1_nomenclature.default_gs1_nomenclature")

    def _core(self, raw):
        parts = self.nomenclature.gs1_decompose_extended(raw)
        if parts is None:
            return None
        plain = {
            part["ai"]: part["value"].isoformat() if isinstance(part["value"], date) else part["value"]
            for part in parts
        }
        return _by_identifier(plain.items())

    def test_both_read_the_same(self):
        for raw in STRINGS + _shared():
            with self.subTest(raw=raw):
                self.assertEqual(self._core(raw), _ours(raw))

    def test_beyond_core(self):
        for raw, why in BEYOND_CORE.items():
            with self.subTest(raw=raw):
                self.assertTrue(parse(raw, fields.Date.today()).valid)
                self.assertIsNone(self._core(raw), why)

    def test_no_other_data_is_taken_for_a_product_or_lot(self):
        parts = self.nomenclature.parse_barcode(f"0104012345000016240CAT{GS}22V{GS}8012V1{GS}11260115")
        self.assertEqual(
            [part["type"] for part in parts],
            ["product", "device_data", "device_data", "device_data", "production_date"],
        )

    def test_wrong_ones_are_still_refused(self):
        self.assertIsNone(self.nomenclature.gs1_decompose_extended("010401234500001710L1"), "check digit")
        with self.assertRaises(ValidationError):
            self.nomenclature.gs1_decompose_extended("010401234500001611261301")
        self.assertIsNone(self.nomenclature.gs1_decompose_extended("01040123450000168013"), "nothing after it")


@tagged("post_install", "-at_install")
class TestNomenclatureInTheBrowser(HttpCase):
    def test_both_read_the_same(self):
        """The browser's parser with the rules of this database, as core's barcode screens load them."""
        wanted = [[raw, _ours(raw)] for raw in STRINGS + _shared()] + [[raw, None] for raw in BEYOND_CORE]
        nomenclature = self.env.ref("barcodes_gs1_nomenclature.default_gs1_nomenclature")
        code = """
            (async () => {
                const { BarcodeParser } = odoo.loader.modules.get("@barcodes/js/barcode_parser");
                const call = (model, method, args) => odoo.__WOWL_DEBUG__.root.env.services.orm.call(model, method, args);
                const orm = {
                    read: (model, ids, names) => call(model, "read", [ids, names]),
                    searchRead: (model, domain, names) => call(model, "search_read", [domain, names]),
                };
                const nomenclature = await BarcodeParser.fetchNomenclature(orm, NUMBER);
                const parser = new BarcodeParser({ nomenclature });
                const day = (value) => {
                    const two = (number) => String(number).padStart(2, "0");
                    return `${value.getFullYear()}-${two(value.getMonth() + 1)}-${two(value.getDate())}`;
                };
                const wrong = [];
                for (const [raw, expected] of WANTED) {
                    let read = null;
                    try {
                        const found = {};
                        for (const part of parser.gs1_decompose_extended(raw)) {
                            found[part.ai] = part.value instanceof Date ? day(part.value) : part.value;
                        }
                        const get = (...names) => names.map((name) => found[name]).find((value) => value !== undefined) ?? null;
                        read = {
                            "01": get("01"), "10": get("10"), "21": get("21"), expiry: get("17", "7003"), "11": get("11"),
                            quantity: get("30", "37"),
                        };
                    } catch {
                        // Refused: it throws where the server returns nothing.
                    }
                    if (JSON.stringify(read) !== JSON.stringify(expected)) {
                        wrong.push(`${raw}: ${JSON.stringify(read)}, not ${JSON.stringify(expected)}`);
                    }
                }
                if (wrong.length) {
                    console.error(wrong.join("; "));
                } else {
                    console.log("test successful");
                }
            })();
        """.replace("NUMBER", str(nomenclature.id)).replace("WANTED", json.dumps(wanted))
        self.browser_js("/odoo", code, "odoo.isReady === true", login="admin")

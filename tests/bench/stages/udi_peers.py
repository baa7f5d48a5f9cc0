"""GS1 strings through our parser, biip and Odoo's nomenclature parser, in the environment that has all three."""

import argparse
import json
import time
import types
from datetime import date
from pathlib import Path

GS = "\x1d"
SAMPLES = (
    f"010401234512345617280630102611{GS}21S9",
    "]d2010401234512345611260115172806301026110LOT",
    "+A99912345/$$3280630L1P",
    "+A123BJC5D6E71G",
    "=/A9999XYZ100T0944=,000025=A99992612345600=>028182",
    "(9N)110375286414(1T)L1(D)280600",
    "MA.156.M0.100472.11103316.LA",
    "(01)04012345123456(17)280630(10)L1",
)


def _dates(found, names):
    return {name: found.get(name).isoformat() if found.get(name) else None for name in names}


def biip_reader():
    import biip

    config = biip.ParseConfig()

    def read(raw):
        """(accepted, di, lot, serial, expiry, production date, quantity)."""
        try:
            result = biip.parse(raw, config=config)
        except biip.ParseError:
            return None
        message = result.gs1_message
        if message is None:
            return (result.gtin.as_gtin_14(), None, None, None, None, None) if result.gtin else None
        if result.gs1_message_error:
            return None

        def value(ai):
            found = message.element_strings.get(ai=ai)
            return found.value if found else None

        def day(ai):
            found = message.element_strings.get(ai=ai)
            return found.date.isoformat() if found and found.date else None

        amount = value("30") or value("37")
        return (
            value("01"),
            value("10"),
            value("21"),
            day("17") or day("7003"),
            day("11"),
            int(amount) if amount else None,
        )

    return read


def odoo_reader(rules):
    """Odoo's ``gs1_decompose_extended`` with the rules that its addon ships, without a database."""
    from odoo.addons.barcodes_gs1_nomenclature.models import barcode_nomenclature as module

    nomenclature = types.SimpleNamespace(
        rule_ids=rules,
        gs1_separator_fnc1=r"(Alt029|#|\x1D)",
        gs1_date_to_date=lambda value: module.BarcodeNomenclature.gs1_date_to_date(None, value),
        ensure_one=lambda: None,
    )
    nomenclature.parse_gs1_rule_pattern = lambda match, rule: module.BarcodeNomenclature.parse_gs1_rule_pattern(
        nomenclature, match, rule
    )

    def read(raw):
        try:
            parts = module.BarcodeNomenclature.gs1_decompose_extended(nomenclature, raw)
        except Exception:  # what its caller would see is a refusal
            return None
        if not parts:
            return None
        found = {part["ai"]: part["value"] for part in parts}

        def day(ai):
            return found[ai].isoformat() if ai in found and hasattr(found[ai], "isoformat") else None

        amount = found.get("30") or found.get("37")
        return (
            found.get("01"),
            found.get("10"),
            found.get("21"),
            day("17"),
            day("11"),
            int(amount) if amount else None,
        )

    return read


def odoo_rules():
    from lxml import etree

    import odoo.addons

    path = next(
        Path(folder) for folder in odoo.addons.__path__ if (Path(folder) / "barcodes_gs1_nomenclature").is_dir()
    )
    tree = etree.parse(str(path / "barcodes_gs1_nomenclature" / "data" / "barcodes_gs1_rules.xml"))
    rules = []
    for record in tree.iter("record"):
        if record.get("model") != "barcode.rule":
            continue
        fields = {field.get("name"): field.text for field in record.iter("field")}
        rules.append(
            types.SimpleNamespace(
                name=fields.get("name"),
                sequence=int(fields.get("sequence") or 0),
                encoding=fields.get("encoding") or "gs1-128",
                type=fields.get("type"),
                pattern=fields.get("pattern"),
                gs1_content_type=fields.get("gs1_content_type"),
                gs1_decimal_usage=fields.get("gs1_decimal_usage") in ("True", "1"),
                associated_uom_id=None,
            )
        )

    class Rules(list):
        def filtered(self, condition):
            return Rules(rule for rule in self if condition(rule))

    return Rules(sorted(rules, key=lambda rule: rule.sequence))


def speed(read, strings, scans):
    strings = (strings * (scans // len(strings) + 1))[:scans]
    begin = time.process_time()
    for raw in strings:
        read(raw)
    return scans / (time.process_time() - begin)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--vectors")
    options.add_argument("--scans", type=int, required=True)
    options.add_argument("--addons-path", help="not used: the parsers need no database")
    known = options.parse_args()
    import odoo.addons

    odoo.addons.__path__.append(str(Path(__file__).resolve().parents[3] / "addons"))
    from odoo.addons.medical_udi.engine import parse

    today = date.today()

    def ours(raw):
        udi = parse(raw, today)
        days = _dates({"expiry": udi.expiry, "made": udi.production_date}, ("expiry", "made"))
        return (udi.di, udi.lot, udi.serial, days["expiry"], days["made"], udi.quantity) if udi.valid else None

    rows = json.loads(Path(known.vectors).read_text(encoding="utf-8")) if known.vectors else []
    gs1 = [row for row in rows if row["issuing_agency"] == "GS1"]
    readers = {"ours": ours, "biip": biip_reader(), "Odoo": odoo_reader(odoo_rules())}
    strings = [row["raw"] for row in gs1 if row["valid"] and row["raw"][:1] in "]0123456789\x1d"] or list(SAMPLES[:2])
    everything = [row["raw"] for row in rows] or list(SAMPLES)
    answer = {}
    for name, read in readers.items():
        wanted = ("di", "lot", "serial", "expiry", "production_date", "quantity")
        valid = [row for row in gs1 if row["valid"]]
        invalid = [row for row in gs1 if not row["valid"]]
        answer[name] = {
            "right": sum(read(row["raw"]) == tuple(row[key] for key in wanted) for row in valid),
            "right_of": len(valid),
            "refused": sum(read(row["raw"]) is None for row in invalid),
            "refused_of": len(invalid),
            "speed": speed(read, strings, known.scans),
        }
    answer["ours"]["speed_all"] = speed(ours, everything, known.scans)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()

"""What the generator knows of the database's master data, as plain values."""

from dataclasses import dataclass

from . import story


@dataclass(frozen=True)
class Offer:
    vendor: int
    price: float
    delay: int
    minimum: float


@dataclass(frozen=True)
class Product:
    id: int
    code: str
    name: str
    uom: int
    company: int | None
    tracking: str
    pattern: str
    cost: float
    weight: float
    expires: bool
    expiration_time: int
    use_time: int
    removal_time: int
    alert_time: int
    offers: tuple[Offer, ...]
    inventory_location: int


@dataclass(frozen=True)
class Warehouse:
    id: int
    code: str
    name: str
    stock: int
    receipts: int
    deliveries: int
    internal: int
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Hospital:
    id: int
    region: str
    weight: float


@dataclass(frozen=True)
class Masters:
    """Products, warehouses (largest first), hospitals and each vendor's behaviour."""

    products: tuple[Product, ...]
    warehouses: tuple[Warehouse, ...]
    hospitals: tuple[Hospital, ...]
    vendors: dict[int, str]


def demo_records(env):
    """The records of the demo company, or empty ones where they were not installed.

    :return: products, warehouses and hospitals
    """
    category = env.ref(f"{story.MODULE}.demo_category_devices", raise_if_not_found=False)
    tag = env.ref(f"{story.MODULE}.demo_partner_tag_hospital", raise_if_not_found=False)
    products = env["product.product"]
    if category:
        domain = [("categ_id", "child_of", category.id), ("is_storable", "=", True)]
        products = products.search(domain, order="default_code, id")
    hospitals = env["res.partner"]
    if tag:
        hospitals = hospitals.search([("category_id", "in", tag.ids)], order="ref, id")
    warehouses = env["stock.warehouse"].browse(
        [warehouse.id for xml_id in story.WAREHOUSES if (warehouse := env.ref(xml_id, raise_if_not_found=False))]
    )
    return products, warehouses, hospitals


def collect(env, products, warehouses, hospitals, patterns=None) -> Masters:
    """Read the masters.

    :param patterns: pattern name per product (a record mapped to a key of
        ``story.PATTERNS``); others follow their category's XML id
    """
    patterns = patterns or {}
    return Masters(
        products=tuple(_product(product, patterns.get(product) or _pattern(product)) for product in products),
        warehouses=tuple(_warehouse(warehouse) for warehouse in warehouses),
        hospitals=tuple(
            Hospital(
                partner.id, partner.medical_region or "", story.GRADE_WEIGHT.get(partner.medical_hospital_grade, 1.0)
            )
            for partner in hospitals
        ),
        vendors=_vendors(env, products),
    )


def _pattern(product) -> str:
    prefix = f"{story.MODULE}.demo_category_"
    xml_id = product.categ_id.get_external_id().get(product.categ_id.id, "")
    name = xml_id.removeprefix(prefix) if xml_id.startswith(prefix) else ""
    return name if name in story.PATTERNS else story.DEFAULT_PATTERN


def _product(product, pattern: str) -> Product:
    return Product(
        id=product.id,
        code=product.default_code or product.name,
        name=product.name,
        uom=product.uom_id.id,
        company=product.company_id.id or None,
        tracking=product.tracking,
        pattern=pattern,
        cost=product.standard_price,
        weight=product.weight,
        expires=product.use_expiration_date,
        expiration_time=product.expiration_time,
        use_time=product.use_time,
        removal_time=product.removal_time,
        alert_time=product.alert_time,
        offers=tuple(
            Offer(seller.partner_id.id, seller.price, seller.delay, max(seller.min_qty, 1))
            for seller in product.seller_ids
        ),
        inventory_location=product.property_stock_inventory.id,
    )


def _warehouse(warehouse) -> Warehouse:
    xml_id = warehouse.get_external_id().get(warehouse.id, "")
    return Warehouse(
        id=warehouse.id,
        code=warehouse.code,
        name=warehouse.name,
        stock=warehouse.lot_stock_id.id,
        receipts=warehouse.in_type_id.id,
        deliveries=warehouse.out_type_id.id,
        internal=warehouse.int_type_id.id,
        # A warehouse that the story does not know serves the region named like its code.
        regions=story.WAREHOUSES.get(xml_id, (warehouse.code,)),
    )


def _vendors(env, products) -> dict[int, str]:
    vendors = products.seller_ids.partner_id
    xml_ids = vendors.get_external_id()
    return {vendor.id: story.VENDOR_BEHAVIOUR.get(xml_ids[vendor.id], "on_time") for vendor in vendors}

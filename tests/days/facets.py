"""What the search of a screen starts with: filters, values and groups that its action names ``search_default_…``."""

from odoo.fields import Domain

DEFAULT = "search_default_"


def defaults(arch, fields: dict, context: dict, evaluate) -> tuple[list, list[str]]:
    """Domain and groups of the facets that the web client shows when it opens the screen.

    :param arch: the search view
    :param fields: descriptions of the model's fields
    :param evaluate: gives the value of an expression of the view
    """
    wanted = {key.removeprefix(DEFAULT): value for key, value in context.items() if key.startswith(DEFAULT) and value}
    together, any_of, groups = [], [], []
    for node in arch.iter("filter", "field", "separator"):
        name = node.get("name")
        if node.tag == "separator":
            together.append(any_of)
            any_of = []
        elif name not in wanted:
            continue
        elif node.tag == "field":
            together.append([_entered(node, fields[name], wanted[name], evaluate)])
        elif node.get("domain"):
            any_of.append(Domain(evaluate(node.get("domain"), {})))
        else:
            grouped = evaluate(node.get("context") or "{}", {}).get("group_by", [])
            groups += [grouped] if isinstance(grouped, str) else grouped
    # Filters between two separators widen each other, all others narrow.
    return list(Domain.AND(Domain.OR(choice) for choice in (*together, any_of) if choice)), groups


def _entered(node, field, value, evaluate):
    if node.get("filter_domain"):
        return Domain(evaluate(node.get("filter_domain"), {"self": value, "raw_value": value}))
    text = field["type"] in ("char", "text", "html", "many2many", "one2many") and isinstance(value, str)
    return Domain(node.get("name"), "ilike" if text else node.get("operator") or "=", value)

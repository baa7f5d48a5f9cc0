"""After installing medical_quality: every lot that was there counts as released, and none is blocked."""

import session


def main() -> None:
    known = session.parser(__doc__).parse_args()
    with session.environment(known) as env:
        lots = env["stock.lot"]
        existing = [
            ("quality_state", "=", "released"),
            ("quality_basis", "=", "existing"),
            ("quality_blocked", "=", False),
        ]
        session.finish({"blocked": lots.search_count([]) - lots.search_count(existing)})


if __name__ == "__main__":
    main()

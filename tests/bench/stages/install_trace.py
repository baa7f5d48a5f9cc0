"""Trace one lot of ``install_data``."""

import session


def main() -> None:
    known = session.parser(__doc__).parse_args()
    answer = {}
    with session.environment(known) as env:
        lots = env["stock.lot"].search([("name", "in", ("BENCH1", "BENCH2"))])
        lots[0].medical_trace()
        with session.measured(env, answer, "trace"):
            answer["rows"] = lots[1].medical_trace()["total"]
    session.finish(answer)


if __name__ == "__main__":
    main()

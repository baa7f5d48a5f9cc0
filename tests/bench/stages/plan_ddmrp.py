"""Run the crons of OCA's ddmrp on the database of ``plan_data``, as the addon ships them."""

import logging
import sys

import session

CHUNK = 50


class Failures(logging.Handler):
    """The crons log what fails and go on; a figure with failures in it would be worth nothing."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def procure(env) -> None:
    """The procurement that the cron does where it is switched on, for all buffers, committed in its chunks."""
    buffers = env["stock.buffer"].search([])
    buffers.auto_procure = True
    env.cr.commit()
    for begin in range(0, len(buffers), CHUNK):
        for buffer in buffers[begin : begin + CHUNK]:
            with env.cr.savepoint():
                buffer.do_auto_procure()
        env.cr.commit()


def main() -> None:
    options = session.parser(__doc__)
    options.add_argument("--procure", action="store_true", help="only order what the buffers ask for")
    known = options.parse_args()
    answer = {}
    failures = Failures()
    with session.environment(known) as env:
        logging.getLogger("odoo.addons.ddmrp").addHandler(failures)
        answer["buffers"] = env["stock.buffer"].search_count([])
        if known.procure:
            with session.measured(env, answer, "procure"):
                procure(env)
            answer["lines"] = env["purchase.order.line"].search_count(
                [("order_id.state", "=", "draft"), ("buffer_ids", "!=", False)]
            )
        else:
            with session.measured(env, answer, "adu"):
                env["stock.buffer"].cron_ddmrp_adu(True)
            env.invalidate_all()
            with session.measured(env, answer, "buffers"):
                env["stock.buffer"].cron_ddmrp(True)
            answer["with_usage"] = env["stock.buffer"].search_count([("adu", ">", 0), ("top_of_green", ">", 0)])
    if failures.messages:
        sys.exit(f"ddmrp failed on {len(failures.messages)} buffers: {failures.messages[0]}")
    session.finish(answer)


if __name__ == "__main__":
    main()

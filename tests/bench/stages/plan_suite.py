"""Plan the database of ``plan_data`` with the suite: demand, forecast, policy, proposals, rules."""

import sys
from datetime import date

import session


def switch_on(env) -> None:
    scope = env["medical.scope"].create(
        [
            {
                "feature_id": env.ref("medical_planning.scope_feature_planning").id,
                "company_id": env.company.id,
                "reason": "benchmark",
            }
        ]
    )
    scope.action_activate()
    # What a planner would look at first is written at once: the benchmark is about writing.
    env["medical.policy"].search([("company_id", "=", env.company.id)])._put_in_force(tolerance_percent=1e6)
    env.cr.commit()


def plan(env, answer: dict, name: str, as_of: date) -> None:
    with session.measured(env, answer, name):
        run = env["medical.forecast.run"]._run_now(env.company, as_of=as_of)
    if run.state != "done":
        sys.exit(f"{run.name} ended as {run.state}: {run.message}")
    if run.planned_count != run.total:
        sys.exit(f"{run.name} planned {run.planned_count} of {run.total}: its time is no figure")
    answer[f"{name}_phases"] = run.timings
    answer[f"{name}_series"] = run.total
    answer[f"{name}_planned"] = run.planned_count
    answer[f"{name}_proposals"] = run.proposal_count
    answer[f"{name}_rules"] = run.applied_count


def main() -> None:
    options = session.parser(__doc__)
    options.add_argument(
        "--as-of",
        type=date.fromisoformat,
        action="append",
        required=True,
        help="plan up to this day; a second one plans again in a process of its own",
    )
    options.add_argument("--scheduler", action="store_true", help="only run Odoo's scheduler")
    options.add_argument("--name", default="plan")
    known = options.parse_args()
    answer = {}
    with session.environment(known) as env:
        if known.scheduler:
            with session.measured(env, answer, known.name):
                env["stock.rule"].run_scheduler(company_id=env.company.id)
                env.cr.commit()
            answer["lines"] = env["purchase.order.line"].search_count(
                [("order_id.state", "=", "draft"), ("orderpoint_id", "!=", False)]
            )
        else:
            if not env["medical.scope"].search_count([("state", "=", "active")]):
                switch_on(env)
            plan(env, answer, known.name, known.as_of[0])
    session.finish(answer)


if __name__ == "__main__":
    main()

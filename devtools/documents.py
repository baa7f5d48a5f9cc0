"""All documents with their states and steps, as Markdown. Runs inside Odoo: ``page`` takes its environment."""


def page(env) -> str:
    mixin, parts = env.registry["medical.document.mixin"], []
    for name, model in sorted(env.registry.items()):
        if not issubclass(model, mixin) or model._abstract:
            continue
        document = env[name]
        states, steps = document._state_labels(), document._get_steps().values()
        lines = ["| Step | From | To | Who | Asks for |", "|---|---|---|---|---|"]
        for one in steps:
            groups = [env.ref(group).full_name for group in one.groups]
            asks = [f"signature ({one.sign})" if one.sign else "", "reason" if one.reason is True else ""]
            cells = (
                env._(one.label),
                ", ".join(states[state] for state in one.states),
                states.get(one.to, ""),
                "the system" if one.system else " or ".join(groups) or "whoever may edit it",
                ", ".join(filter(None, [*asks, f"not by {', '.join(one.not_by)}" if one.not_by else ""])),
            )
            lines.append(f"| {' | '.join(cells)} |")
        arrows = [(source, one.to, env._(one.label)) for one in steps if one.to for source in one.states]
        parts.append(
            f"## {document._description} (`{name}`)\n\n```mermaid\n{_diagram(states, arrows)}\n```\n\n"
            + "\n".join(lines)
        )
    return "\n\n".join(parts) + "\n"


def _diagram(states: dict[str, str], arrows: list[tuple[str, str, str]]) -> str:
    """A Mermaid ``stateDiagram-v2``.

    :param states: key → label, in the order of life; the first one is where documents begin
    :param arrows: (from, to, label)
    """
    lines = ["stateDiagram-v2", *(f"    {key} : {label}" for key, label in states.items())]
    lines.append(f"    [*] --> {next(iter(states))}")
    lines += [f"    {source} --> {target} : {label}" for source, target, label in arrows]
    left = {source for source, _target, _label in arrows}
    lines += [f"    {key} --> [*]" for key in states if key not in left]
    return "\n".join(lines)

"""How a document says which steps its life has: the decorator ``@step`` and the groups that steps are for.

What a step does when it is taken stands in ``medical.document.mixin``.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps

QUALITY_USER = "medical_base.group_medical_quality_user"
QUALITY_APPROVER = "medical_base.group_medical_quality_approver"
REGULATORY = "medical_base.group_medical_regulatory"
PLANNER = "medical_base.group_medical_planner"
ADMINISTRATOR = "base.group_system"
# Who reads the audit trail, and what was signed.
TRAIL_READERS = ",".join(("medical_base.group_medical_auditor", REGULATORY, QUALITY_APPROVER, ADMINISTRATOR))


@dataclass(frozen=True)
class Step:
    """One declared step of a document, see ``step``: who takes it, from where to where, and what it asks for."""

    states: tuple[str, ...]
    label: object = field(compare=False)  # a lazy translation, which has no hash
    to: str | None = None
    group: str | tuple[str, ...] = ()
    access: str = "write"
    sign: str | None = None
    reason: bool | str = False
    not_by: tuple[str, ...] = ()
    limit: str | None = None
    limit_from: str | None = None
    by: str | None = None
    on: str | None = None
    why: str | None = None
    system: bool = False
    single: bool = False
    # What the method itself says. What follows ``action_`` or ``_`` in its name names the hooks: _unmet_x, _do_x, _after_x.
    name: str = ""
    parameters: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.name.removeprefix("action_").lstrip("_")

    @property
    def groups(self) -> tuple[str, ...]:
        return (self.group,) if isinstance(self.group, str) else self.group


def step(*states: str, **declared) -> Callable:
    """Declare a method of a ``medical.document.mixin`` model as a step of its life.

    The method's body is what follows from the step, and nothing else; it may return an action. It is kept as
    ``_do_<step>``, which extensions override; ``_unmet_<step>`` says what is missing (see the mixin) and
    ``_after_<step>`` does what needs the new state. They take the same keyword arguments as the method.

    :param states: from which the step starts
    :param label: what people call it, a lazy translation (``_lt``)
    :param to: the state that it leads to; None when it changes none. A step with two outcomes is two steps.
    :param group: who may take it, the XML id of a group or of several, one of which is enough; without one,
        whoever has the access
    :param access: the right on the record that the person needs, ``write`` or ``read``
    :param sign: the meaning in which the step is signed, a key of ``MEANINGS`` of ``medical.signature``
    :param reason: True: whoever takes it has to say why; ``"optional"``: a reason may be handed over. The reason
        is the keyword argument ``reason`` or the context key ``medical_reason``.
    :param not_by: those who may not take it: fields with users, steps (whoever took them), other audited
        fields (whoever wrote them), or ``content`` (whoever wrote any of what is signed)
    :param limit: event of a clock of the own procedure that the step stops
    :param limit_from: the state in which that clock starts, by default the first of ``states``
    :param by: field that gets the person, ``on``: the moment (or day), ``why``: the reason; for lists, searches
        and measures. The rest is read from ``medical.step``.
    :param single: taken on one document at a time
    :param system: taken by the system only, with ``_take``; the method's name begins with an underscore
    """
    if not states:
        raise ValueError("a step starts from at least one state")
    plain = Step(states, **declared)

    class Declaration:
        """Puts the wrapper and the body into the class, when Python tells the name of the method."""

        def __init__(self, method):
            self.method = method

        def __set_name__(self, owner, name):
            if plain.system is not name.startswith("_"):
                raise TypeError(f"{name}: a step of the system is private, one of people is public")
            signature = inspect.signature(self.method)
            parameters = [parameter for parameter in signature.parameters.values() if parameter.name != "self"]
            declared = replace(
                plain,
                name=name,
                limit_from=plain.limit_from or states[0],
                parameters=tuple(parameter.name for parameter in parameters),
                required=tuple(parameter.name for parameter in parameters if parameter.default is parameter.empty),
            )
            setattr(owner, f"_do_{declared.key}", self.method)
            setattr(owner, name, _wrapper(self.method, declared, signature))

    return Declaration


def _wrapper(method, declared: Step, signature: inspect.Signature):
    if declared.system:

        @wraps(method)
        def take(self, **kwargs):
            return self._take(declared.name, **kwargs)

    else:
        if declared.reason and "reason" not in signature.parameters:
            extra = inspect.Parameter("reason", inspect.Parameter.KEYWORD_ONLY, default=None)
            signature = signature.replace(parameters=[*signature.parameters.values(), extra])

        @wraps(method)
        def take(self, *args, **kwargs):
            arguments = signature.bind(self, *args, **kwargs).arguments
            return self._take_as_person(declared.name, {name: arguments[name] for name in arguments if name != "self"})

        take.__signature__ = signature
        if declared.sign or declared.reason is True:
            # The window that asks for a signature or a reason calls such methods only.
            take._medical_signed = {"meaning": declared.sign, "reason": declared.reason is True}
    take._medical_step = declared
    return take

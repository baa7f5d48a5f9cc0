"""Every check of ./dev lint that reads addons finds its fault in small addons made up for it, and only that."""

import pytest

from devtools.glossary import Glossary
from devtools.lint import dependencies, engines, licences, overrides, size
from devtools.sources import Index

ORM = '''
class BaseModel:
    def write(self, vals):
        return bool(vals)

    def init(self):
        """Hook."""
'''


class Sources:
    """Addons below two folders: ours, and Odoo's ``base`` and what a test adds."""

    def __init__(self, folder):
        self.ours, self.core = folder / "addons", folder / "core"
        self.add("core/base", depends=[], models="class P(models.Model):\n    _name = 'res.partner'\n")
        self.orm = folder / "models.py"
        self.orm.write_text(ORM)

    def add(self, place, *, depends=("base",), licence="LGPL-3", models="", auto_install=False, **files):
        folder = self.ours.parent / place
        folder.mkdir(parents=True)
        manifest = {"name": place, "depends": list(depends), "license": licence, "auto_install": auto_install}
        (folder / "__manifest__.py").write_text(repr(manifest))
        files = {"models/models.py": models, **{name.replace("__", "/"): text for name, text in files.items()}}
        for name, text in files.items():
            target = folder / (name if "." in name else f"{name}.py")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)

    @property
    def index(self):
        return Index(self.ours, self.core)


@pytest.fixture
def sources(tmp_path):
    return Sources(tmp_path)


THING = "class Thing(models.Model):\n    _name = 'other.thing'\n"
USE = """
class Own(models.Model):
    _name = "own.model"
    def act(self):
        {}
"""


@pytest.mark.parametrize(
    ("models", "what"),
    [
        (USE.format("return self.env['other.thing'].search([])"), "asks for other.thing of other"),
        (USE.format("return self.env.get('other.thing')"), "asks for other.thing of other"),
        (USE.format("return 'other.thing' in self.env"), "asks for other.thing of other"),
        (USE.format("return self.env(su=True)['other.thing']"), "asks for other.thing of other"),
        (USE.format("return [('source', '=like', 'other.thing,%')]"), "asks for other.thing of other"),
        (USE.format("return self.env['nobody.knows']"), "asks for nobody.knows, which no addon has"),
        (USE.format("return self.env.ref('other.record')"), "names other.record of other"),
        (USE.format("return self.env.user.has_group('other.group')"), "names other.group of other"),
        (USE.format("from odoo.addons.other.models import models"), "imports odoo.addons.other.models of other"),
        ("class A(models.Model):\n    _inherit = 'other.thing'\n", "asks for other.thing of other"),
        (
            "class A(models.Model):\n    _name = 'a.a'\n    _inherit = ['other.thing']\n",
            "asks for other.thing of other",
        ),
        (USE.format("pass") + "    x_id = fields.Many2one('other.thing')\n", "asks for other.thing of other"),
        (
            USE.format("pass") + "    x_ids = fields.One2many(comodel_name='other.thing')\n",
            "asks for other.thing of other",
        ),
        (
            USE.format("pass") + "    x = fields.Char(groups='base.group_user,other.group')\n",
            "names other.group of other",
        ),
    ],
)
def test_what_code_asks_of_a_stranger(sources, models, what):
    sources.add("addons/other", models=THING)
    sources.add("addons/own", models=models)
    [finding] = dependencies.findings(sources.index)
    assert finding.startswith("addons/own/models/models.py:")
    assert what in finding
    (sources.ours / "own" / "__manifest__.py").write_text(repr({"depends": ["other"]}))
    left = dependencies.findings(sources.index)
    assert left == ([finding] if "no addon has" in what else [])


@pytest.mark.parametrize(
    ("file", "text", "what"),
    [
        ("views.xml", "<odoo><record id='r' model='other.thing'/></odoo>", "asks for other.thing"),
        (
            "views.xml",
            "<odoo><record id='r' model='res.partner'><field name='x' ref='other.y'/></record></odoo>",
            "other.y",
        ),
        ("views.xml", "<odoo><menuitem id='m' parent='other.menu'/></odoo>", "names other.menu"),
        ("views.xml", "<odoo><menuitem id='m' groups='base.group_user,other.group'/></odoo>", "names other.group"),
        ("views.xml", """<odoo><function eval="[ref('other.z')]"/></odoo>""", "names other.z"),
        ("static/src/a.js", 'import { a } from "@other/a";', "imports JavaScript of other"),
        ("static/src/a.xml", "<templates><t t-inherit='other.T'/></templates>", "names other.T"),
        ("security/ir.model.access.csv", "id,name,model_id:id\na,a,other.model_thing\n", "names other.model_thing"),
    ],
)
def test_what_files_ask_of_a_stranger(sources, file, text, what):
    sources.add("addons/other", models=THING)
    sources.add("addons/own", **{file: text})
    [finding] = dependencies.findings(sources.index)
    assert finding.startswith(f"addons/own/{file}")
    assert what in finding


def test_dependencies_of_dependencies_are_known_and_circles_are_not(sources):
    sources.add("core/far", models=THING)
    sources.add("addons/near", depends=["far"])
    sources.add(
        "addons/own", depends=["near"], models=USE.format("return self.env['other.thing'], self.env['own.model']")
    )
    assert not dependencies.findings(sources.index)
    (sources.ours / "near" / "__manifest__.py").write_text(repr({"depends": ["own", "nowhere"]}))
    assert "near: depends on own, which depends on it" in dependencies.findings(sources.index)
    assert "near: the manifest depends on nowhere, which is nowhere" in dependencies.findings(sources.index)


def test_only_tests_know_what_comes_by_itself(sources):
    sources.add("core/glue", auto_install=True, models=THING)
    use = USE.format("return self.env['other.thing']")
    sources.add("addons/own", tests__test_a=use)
    assert not dependencies.findings(sources.index)
    sources.add("addons/second", models=use)
    assert len(dependencies.findings(sources.index)) == 1


def test_licences(sources):
    sources.add("core/proprietary", licence="OEEL-1")
    sources.add("addons/own", depends=["proprietary"])
    sources.add("addons/second", depends=["own"])
    sources.add("addons/third", licence="GPL-2")
    assert [text.partition(" is not")[0] for text in licences.of_addons(sources.index)] == [
        "own: needs proprietary, whose licence 'OEEL-1'",
        "second: needs proprietary, whose licence 'OEEL-1'",
        "third: licence 'GPL-2'",
    ]


CORE_METHOD = "class P(models.Model):\n    _name = 'core.thing'\n    def confirm(self):\n        return self.go()\n"
OVERRIDE = """
class Own(models.Model):
    _inherit = {parent}
    def {method}(self, vals=None):
        {body}
"""


@pytest.mark.parametrize(
    ("method", "body", "found"),
    [
        ("confirm", "return 1", True),
        ("confirm", "return super().confirm()", False),
        ("confirm", "# No super(): core's is wrong for lots.\n        return 1", False),
        ("confirm", "# No super():\n        return 1", True),
        ("own", "return 1", False),
        ("write", "return 1", True),
        ("init", "return 1", False),
    ],
)
def test_overrides(sources, method, body, found):
    sources.add("core/core", models=CORE_METHOD)
    sources.add("addons/own", depends=["core"], models=OVERRIDE.format(parent="'core.thing'", method=method, body=body))
    findings = overrides.findings(sources.index, sources.orm)
    assert len(findings) == found
    assert not found or f"addons/own/models/models.py:4: Own.{method} overrides" in findings[0]


@pytest.mark.parametrize(
    ("method", "records", "found"),
    [
        ("_own_errors", "self - self.others()", True),
        ("_own_errors", "self.filtered('x')", True),
        ("_check_own", "others", True),
        ("_own_errors", "self.with_context(x=1).sudo()", False),
        ("confirm", "self - self.others()", False),
    ],
)
def test_who_refuses_hands_all_records_on(sources, method, records, found):
    sources.add("core/core", models=CORE_METHOD.replace("confirm", method))
    body = f"return super(Own, {records}).{method}()"
    sources.add("addons/own", depends=["core"], models=OVERRIDE.format(parent="'core.thing'", method=method, body=body))
    findings = overrides.findings(sources.index, sources.orm)
    assert [text for text in findings if "a part of its records" in text] == findings
    assert len(findings) == found


@pytest.mark.parametrize(("base", "found"), [("return {}", False), ("pass", False), ("return self.other()", True)])
def test_hooks_of_our_mixins_are_meant_to_be_overridden(sources, base, found):
    mixin = f"class M(models.AbstractModel):\n    _name = 'm.mixin'\n    def hook(self):\n        {base}\n"
    own = OVERRIDE.format(parent="['m.mixin']\n    _name = 'own.model'", method="hook", body="return 1")
    sources.add("addons/own", models=mixin, models__own=own)
    assert len(overrides.findings(sources.index, sources.orm)) == found


def circle(length):
    """Model files of which each asks for the model of the next."""
    return {
        f"models__m{place}": f"class M(models.Model):\n    _name = 'm.m{place}'\n"
        f"    next_id = fields.Many2one('m.m{(place + 1) % length}')\n"
        for place in range(length)
    }


def test_size_and_knots(sources):
    sources.add("addons/fits", models="\n" * size.LINES, tests__test_a="\n" * 9, **circle(size.KNOT))
    assert [text for text in size.findings(sources.index) if "lines" in text] == [
        f"fits: {size.LINES + 1 + 3 * size.KNOT} lines of Python without tests; at most {size.LINES}"
    ]
    sources.add("addons/knotted", **circle(size.KNOT + 1), models__outside=USE.format("self.env['m.m0']"))
    [finding] = [text for text in size.findings(sources.index) if "ask each other" in text]
    assert finding.startswith(f"knotted: {size.KNOT + 1} files")
    assert "outside" not in finding


ENGINE = '''
def {name}(number{annotation}) -> int:
    """Twice.{raises}"""
    if number < 0:
        raise ValueError(number)
    return 2 * number
'''


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({}, None),
        ({"annotation": ""}, "twice lacks annotations"),
        ({"raises": ""}, "does not say that it raises ValueError"),
        ({"name": "unused"}, "unused is used by tests only"),
        ({"name": "_private", "annotation": "", "raises": ""}, None),
    ],
)
def test_engines(sources, change, what):
    code = ENGINE.format(**{"name": "twice", "annotation": ": int", "raises": " Raises ValueError below 0."} | change)
    sources.add("addons/own", engine__numbers=code, models="twice(1)", tests__test_a="unused(1)")
    findings = engines.findings(sources.index)
    assert len(findings) == bool(what)
    assert not what or what in findings[0]


@pytest.mark.parametrize(
    ("source", "translation", "problems"),
    [
        ("Safety stock of the lot", "批次的安全库存", []),
        ("Safety Stocks", "保险库存", ["'safety stock' is 安全库存"]),
        ("The stock", "库存", []),
        ("Stock", "存货", ["'stock' is 库存"]),
        ("Reject the lot", "拒绝该批次", ["'reject' is 判为不合格 or 驳回", "'reject' is not 拒绝"]),
        ("Reject the proposal", "驳回该建议", []),
        ("A lot of it is nonconforming: 3 nonconformities", "3 不合格品记录, 批次", []),
        ("3 nonconformities", "3 不合格", ["'nonconformities' is 不合格品记录", "'nonconformities' is not 不合格"]),
        ("%(lot)s and <b class='lot'>x</b> of lot_id", "x", []),
        ("Allotment", "分配", []),
    ],
)
def test_glossary(source, translation, problems):
    columns = ("english", "sense", "chinese", "also", "never")
    rows = [
        ("lot", "", "批次", "批号", "很多"),
        ("stock", "", "库存", "", ""),
        ("safety stock", "", "安全库存", "", ""),
        ("reject", "a lot", "判为不合格", "", "拒绝"),
        ("reject", "a proposal", "驳回", "", "拒绝"),
        ("nonconformity|nonconformities", "", "不合格品记录", "", "不合格"),
    ]
    glossary = Glossary(dict(zip(columns, row, strict=True)) for row in rows)
    assert glossary.findings(source, translation) == problems

"""Chinese is complete: every term of every addon, with the placeholders and tags of its source."""

import polib
import pytest

from devtools import catalogues, paths


@pytest.mark.parametrize("addon", paths.our_addons())
def test_every_term_is_translated(catalogues_folder, addon):
    exported = catalogues_folder / f"{addon}.pot"
    assert len(polib.pofile(str(exported))), "the export is empty"
    assert not catalogues.findings(exported, catalogues.language_file(addon))


def catalogue(file, *entries):
    written = polib.POFile()
    written.metadata = {"Content-Type": "text/plain; charset=UTF-8", "POT-Creation-Date": "2026-01-01 00:00+0000"}
    for source, target, *flags in entries:
        written.append(polib.POEntry(msgid=source, msgstr=target, flags=flags, comment="module: x"))
    written.save(str(file))
    return file


def found(tmp_path, source, target, *flags):
    template = catalogue(tmp_path / "x.pot", (source, ""))
    return catalogues.findings(template, catalogue(tmp_path / "zh_CN.po", (source, target, *flags)))


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("%(count)d rules of %(run)s", "%(run)s 的 %(count)d 条规则"),
        ("10 % quantile", "10% 分位数"),
        ("100 percent", "100%"),
        ("%(share).1f %% of %s", "%s 的 %(share).1f%%"),
        ('<i class="fa" title="Lot"/> <b>%s</b>', '<i class="fa" title="批次"/> <b>%s</b>'),
        ("{count} rows", "{count} 行"),
    ],
)
def test_sound_translations(tmp_path, source, target):
    assert not found(tmp_path, source, target)


@pytest.mark.parametrize(
    ("source", "target", "what"),
    [
        ("Rules", "", "untranslated"),
        ("Rules", " ", "untranslated"),
        ("%(count)d rules", "%(number)d 条规则", "%(count)d"),
        ("%(count)d rules", "%(count)s 条规则", "%(count)d"),
        ("Up to %s", "截至", "%s"),
        ("%(share).1f %%", "%(share).1f%", "%%"),
        ("%(share)s percent", "%(share)s %", "not the same %"),
        ("<b>Rules</b>", "<strong>规则</strong>", "<b>"),
        ('<span class="a">x</span>', '<span class="b">规则</span>', 'class="a"'),
        ("{count} rows", "{数} 行", "{count}"),
    ],
)
def test_wrong_translations(tmp_path, source, target, what):
    [finding] = found(tmp_path, source, target)
    assert what in finding


def test_fuzzy_and_missing(tmp_path):
    assert "fuzzy" in found(tmp_path, "Rules", "规则", "fuzzy")[0]
    template = catalogue(tmp_path / "y.pot", ("Rules", ""))
    assert "missing" in catalogues.findings(template, catalogue(tmp_path / "zh_CN.po", ("Lots", "批次")))[0]
    assert "there is no" in catalogues.findings(template, tmp_path / "de.po")[0]


def test_merge_keeps_adds_and_drops(tmp_path):
    exported = catalogue(tmp_path / "exported.pot", ("Lots", ""), ("Rules", ""))
    target = catalogue(tmp_path / "zh_CN.po", ("Orders", "订单"), ("Lots", "批次"))
    template = tmp_path / "x.pot"
    assert catalogues.merge(exported, template, target) == 1
    assert [(entry.msgid, entry.msgstr) for entry in polib.pofile(str(target))] == [("Lots", "批次"), ("Rules", "")]
    first = template.read_text(), target.read_text()
    assert "POT-Creation-Date" not in "".join(first)
    assert catalogues.merge(exported, template, target) == 1
    assert (template.read_text(), target.read_text()) == first

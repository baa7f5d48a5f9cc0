"""Application identifiers of the GS1 General Specifications: what each may hold."""

import re

# Data after which no separator is needed, by the first two digits (General Specifications, figure 7.8.5-2).
PREDEFINED = frozenset({"00", "01", "02", "03", "04", *map(str, range(11, 21)), *map(str, range(31, 37)), "41"})
# Character set 82 (invariant subset of ISO 646), 39 and file-safe base 64.
SET_82 = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*\Z")
SET_39 = re.compile(r"[#\-/0-9A-Z]*\Z")
SET_64 = re.compile(r"[\-0-9A-Z_a-z=]*\Z")
DIGITS = re.compile(r"[0-9]*\Z")
CHARACTERS = {"N": DIGITS, "X": SET_82, "Y": SET_39, "Z": SET_64}

# identifier(s): components. N, X, Y, Z and a length: that many; with dots: up to that many; in brackets: may be left out.
_TABLE = """
00 N18
01-03 N14
04 N16
10 X..20
11-13 15-17 N6
20 N2
21-22 X..20
235 X..28
240-241 X..30
242 N..6
243 X..20
250-251 X..30
253 N13[X..17]
254 X..20
255 N13[N..12]
30 37 N..8
3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165 N6
3200-3205 3210-3215 3220-3225 3230-3235 3240-3245 3250-3255 3260-3265 3270-3275 3280-3285 3290-3295 N6
3300-3305 3310-3315 3320-3325 3330-3335 3340-3345 3350-3355 3360-3365 3370-3375 N6
3400-3405 3410-3415 3420-3425 3430-3435 3440-3445 3450-3455 3460-3465 3470-3475 3480-3485 3490-3495 N6
3500-3505 3510-3515 3520-3525 3530-3535 3540-3545 3550-3555 3560-3565 3570-3575 N6
3600-3605 3610-3615 3620-3625 3630-3635 3640-3645 3650-3655 3660-3665 3670-3675 3680-3685 3690-3695 N6
3900-3909 N..15
3910-3919 N3N..15
3920-3929 N..15
3930-3939 N3N..15
3940-3943 N4
3950-3955 N6
400-401 X..30
402 N17
403 X..30
410-417 N13
420 X..20
421 N3X..9
422 424 426 N3
423 425 N3[N..12]
427 X..3
4300-4301 4310-4311 4320 X..35
4302-4306 4312-4316 X..70
4307 4317 X2
4308 4319 X..30
4309 N20
4318 X..20
4321-4323 N1
4324-4325 N10
4326 N6
4330-4333 N6[X1]
7001 N13
7002 X..30
7003 N10
7004 N..4
7005 X..12
7006 N6
7007 N6[N6]
7008 X..3
7009 X..10
7010 X..2
7011 N6[N4]
7020-7022 X..20
7023 X..30
7030-7039 N3X..27
7040 N1X3
7041 X..4
710-717 X..20
7230-7239 X2X..28
7240 X..20
7241 N2
7242 X..25
7250 N8
7251 N12
7252 N1
7253-7254 7259 X..40
7255 X..10
7256 X..90
7257 X..70
7258 X3
8001 N14
8002 X..20
8003 N14[X..16]
8004 X..30
8005 N6
8006 N14N2N2
8007 X..34
8008 N8[N..4]
8009 X..50
8010 Y..30
8011 N..12
8012 X..20
8013-8014 X..25
8017-8018 N18
8019 N..10
8020 X..25
8026 N14N2N2
8030 Z..90
8110 8112 8200 X..70
8111 N4
90 X..30
91-99 X..90
"""
_COMPONENT = re.compile(r"(\[?)([NXYZ])(\.\.)?(\d+)(\]?)")


def _read(table):
    """identifier → ((kind, least, most), …)."""
    found = {}
    for line in table.split("\n"):
        *identifiers, form = line.split() or [""]
        components = tuple(
            (kind, 0 if bracket else 1 if dots else int(length), int(length))
            for bracket, kind, dots, length, _end in _COMPONENT.findall(form)
        )
        for item in identifiers:
            first, _dash, last = item.partition("-")
            for number in range(int(first), int(last or first) + 1):
                found[f"{number:0{len(first)}d}"] = components
    return found


def _pattern(components):
    """What a whole value has to match."""
    sets = {"N": "[0-9]", "X": SET_82.pattern[:-3], "Y": SET_39.pattern[:-3], "Z": SET_64.pattern[:-3]}
    return re.compile("".join(f"{sets[kind]}{{{least},{most}}}" for kind, least, most in components) + r"\Z")


COMPONENTS = _read(_TABLE)
FORMS = {identifier: _pattern(components) for identifier, components in COMPONENTS.items()}
# The first two digits tell how long an identifier is.
_LENGTHS = {identifier[:2]: len(identifier) for identifier in COMPONENTS}
# Identifiers whose end is told by their length.
FIXED = {
    identifier: sum(component[2] for component in components)
    for identifier, components in COMPONENTS.items()
    if identifier[:2] in PREDEFINED
}
# Identifiers that hold a check digit, and the number of leading digits it closes.
CHECKED = {
    **dict.fromkeys(("253", "255", *map(str, range(410, 418))), 13),
    **dict.fromkeys(("01", "02", "03", "8003", "8006", "8026"), 14),
    **{"402": 17, "00": 18, "8017": 18, "8018": 18},
}
# Dates, most of them with a time, that say nothing about expiry or production.
MOMENTS = frozenset({"4324", "4325", "4326", "7006", "7007", "7011", "8008"})
DATES = frozenset({"11", "12", "13", "15", "16", "17"})
# Left must not stand beside right; left needs one of right in the same symbol.
EXCLUDED = (("01", "02"), ("01", "37"), ("01", "255"))
NEEDED = (("02", ("37",)), ("37", ("02", "8026")), ("250", ("21",)))


def find(text: str, at: int) -> str | None:
    """The identifier that begins at `at`, or None."""
    identifier = text[at : at + _LENGTHS.get(text[at : at + 2], 0)]
    return identifier if identifier in COMPONENTS else None

"""Check characters of the agencies."""

HIBC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_HIBC_VALUE = {character: value for value, character in enumerate(HIBC)}
_ISBT = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"


def gtin(body: str) -> str:
    """Check digit of the digits before it, any length: weights 3, 1 from the right."""
    numbers = body.encode()
    total = 3 * (sum(numbers[::-2]) - 48 * len(numbers[::-2])) + sum(numbers[-2::-2]) - 48 * len(numbers[-2::-2])
    return str(-total % 10)


_GMN = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_GMN_WEIGHTS = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
_GMN_VALUE = {
    character: value
    for value, character in enumerate(
        "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    )
}


def gmn(body: str) -> str:
    """Two check characters of a Global Model Number of up to 23 characters (GS1 General Specifications 7.9.5)."""
    total = (
        sum(_GMN_VALUE[character] * weight for character, weight in zip(reversed(body), _GMN_WEIGHTS, strict=False))
        % 1021
    )
    return _GMN[total >> 5] + _GMN[total & 31]


def hibc(text: str) -> str | None:
    """Check character, or None when the text holds a character that has no value."""
    try:
        return HIBC[sum(map(_HIBC_VALUE.__getitem__, text)) % 43]
    except KeyError:
        return None


def isbt_flag(number: str) -> str:
    """Type 3 flag of a donation number of 13 characters: 60 + ISO 7064 mod 37-2."""
    total = 0
    for character in number:
        total = (total + _ISBT.index(character)) * 2 % 37
    return str(60 + (38 - total) % 37)


def ifa(body: str) -> str:
    """Two digits of a PPN, HPC or Master UDI-DI: ASCII codes times 2, 3, 4 … modulo 97."""
    return f"{sum(ord(character) * weight for weight, character in enumerate(body, 2)) % 97:02d}"


def pzn(body: str) -> int:
    """Check digit of the seven digits of a Pharmazentralnummer; 10 is never given out."""
    return sum(int(digit) * weight for weight, digit in enumerate(body, 1)) % 11


_MA_VALUE = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_MA_VALUE |= {character: 36 + value for value, character in enumerate("abcdefg")}
_MA_VALUE |= {character: 45 + value for value, character in enumerate("hijklmnopqrstuvwxyz")}
_MA_VALUE |= {"-": 64, ".": 65}


def ma(text: str) -> str | None:
    """Check digit of an IDcode; None for characters without a number."""
    try:
        number = "".join(str(_MA_VALUE[character]) for character in text)
    except KeyError:
        return None
    total = 0
    for place, digit in enumerate(reversed(number)):
        # Every second digit, the last one not counted.
        value = int(digit) * (2 if place % 2 else 1)
        total += value if value < 10 else value - 9
    return str(-total % 10)

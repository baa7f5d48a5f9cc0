"""UDI carriers of six agencies: parse and compose. No Odoo in here."""

from .compose import Carrier, compose
from .model import Issue, Udi
from .parse import parse

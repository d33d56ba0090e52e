"""What a rule of rewriting is, and words that several groups of rules share."""

from __future__ import annotations

import re
from collections.abc import Callable

Rule = tuple[str, str | Callable[[re.Match[str]], str]]
"""A regular expression over lower-case text, and what is put in its place."""

SIDE = r"(?:left|right|top|bottom|front|back|rear)"
LEFT = r"(?:left|right)"
"""Left or right."""
OWNER = r"((?:the|a|that|this|my) [^,.;:?!]{1,60}?)'s?"
PHRASE = r"((?:the |a |an |that |this |my |our |your )?[^,.;:?!]{1,60}?)"
"""One noun phrase, as a group."""

"""Counting from a side and numbers: "number two when you count from the left" is "second from the left"."""

from __future__ import annotations

from physperception.grounding.embedded.rewriting.rules import LEFT, SIDE, Rule

_NUMBERS = "one two three four five six seven eight nine ten".split()
_NTH = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_ORDINALS = [*zip(_NUMBERS, _NTH), *((str(i + 1), nth) for i, nth in enumerate(_NTH))]


def counting() -> list[Rule]:
    """Places in a row, counted from one of its ends."""
    verb = (
        r"(?:count(?:s|ing|ed)?|read(?:s|ing)?|scan(?:s|ning|ned)?|look(?:s|ing)?|go(?:es|ing)?|seen|viewed|"
        r"start(?:s|ing|ed)?|"
        r"begin(?:s|ning)?|number(?:ed|ing)?|mov(?:es?|ing)|work(?:s|ing)?|enumerat(?:ed|ing)|taken|order(?:ed|ing)|"
        r"sort(?:ed|ing)|"
        r"rank(?:ed|ing)|travel(?:s|ling)?|proceed(?:s|ing)?|advanc(?:es?|ing)|walk(?:s|ing)?|arranged|listed|come|"
        r"comes|coming)"
    )
    who = (
        r"(?:(?:when|if|as|while|once|where|in case) )?(?:(?:you|one|we|i|they) )?(?:(?:are|is|were) )?(?:(?:all|"
        r"they|them) )?"
    )
    start = r"(?:from|at|on|with|off from|in from|over from|along from|starting from|beginning at|beginning from)"
    side = rf"(?:the )?(?:far |very |extreme )?({SIDE}|leftmost|rightmost)"
    word = r"(one|two|three|four|five|six|seven|eight|nine|ten|\d+)"
    place = r"(?: places?| positions?| spots?| steps?| along| over| in){0,3}"
    nth = r"(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th)|last)"
    return [
        (rf"\bin (?:the )?{nth} (?:place|position|spot|rank)\b", r"\1"),
        (r",? (?:the )?(?:tallest|largest|biggest|nearest|closest) (?:one )?(?:first|being first|coming first)\b", ""),
        (rf"[,(]? ?\b{who}{verb}(?: them| it| up| off| out| things| along| across| down)? {start} {side}(?: (?:on|"
         rf"end|side|onwards?))?(?: (?:to|towards?) (?:the )?{SIDE})?\b\)?", r" from the \1"),
        (rf"[,(]? ?\b{who}{verb}(?: them| it| things)?(?: in order)? (?:from )?(left|right|front|back|top|bottom) "
         rf"to {SIDE}\b\)?", r" from the \1"),
        (rf"\bin (?:a |the )?(?:order )?(left|right|front) to {SIDE}(?: order)?\b", r"from the \1"),
        (rf"\bin (?:order )?from (?:the )?({SIDE})\b", r"from the \1"),
        (rf"\bfrom (?:the )?({LEFT})most(?: one| end)?\b", r"from the \1"),
        (rf"\b(?:as |being |at |is |ranked |comes |which is |that is )?(?:position|place|rank) {word}\b",
         r"\1th"),
        (rf"\b(?:as |being |at |is |ranked |comes |which is |that is )?(?:number|no) {word}\b(?=.*\bfrom the {SIDE}\b)",
         r"\1th"),
        (r"\bno (?=\d+\b)", "number "),
        (rf"\b{word}{place} (?:in |over |along |away |on )?from (?:the )?({LEFT})\b(?! of)", r"\1th from the \2"),
        *[(rf"\b{number}th\b", ordinal) for number, ordinal in _ORDINALS],
        (rf"\b{nth}(?: one| thing)?(?: in line| in order| along| in| over| across| place| position){{0,3}} (?:from|"
         rf"on|off|to) (?:the )?({LEFT})\b(?! of)", r"\1 from the \2"),
        (rf"\b{nth} ({LEFT})most\b", r"\1 from the \2"),
        (rf"\b({LEFT})most (?:but one|but for one)\b", r"second from the \1"),
        (rf"\b{nth}(?: one)? from the ({LEFT}) (?:side|end|edge|on|onwards?)\b", r"\1 from the \2"),
        (r"\bsecond to last\b", "penultimate"),
    ]  # fmt: skip

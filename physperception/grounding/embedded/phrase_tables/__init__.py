"""Phrases of referring expressions as text, one meaning a line; `lexicon.py` reads them.

A line is what a phrase does or says, a colon, and phrases between bars. Longer phrases win over shorter ones, and of
equal ones the last.
"""

"""Rules that rewrite many ways to say one thing to one, before the words are read; `normalise.py` applies them."""

"""Prompts that ask for a visible or an amodal mask, generated with their kind; `generate.py` says how."""

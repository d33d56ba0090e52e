"""Grounding with a vision-language model behind an OpenAI-compatible server or in this process (002)."""

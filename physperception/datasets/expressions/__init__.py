"""Referring expressions over generated scenes: commands in words with the objects they mean; docs/expressions.md."""

from physperception.datasets.expressions.records import (
    Expression,
    ExpressionKind,
    Target,
    read_expressions,
    write_expressions,
)

__all__ = ["Expression", "ExpressionKind", "Target", "read_expressions", "write_expressions"]

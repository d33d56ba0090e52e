"""Readers of public data sets with visible and amodal masks; docs/datasets.md lists the formats."""

from physperception.datasets.readers.opening import FORMATS, open_dataset, recognise

__all__ = ["FORMATS", "open_dataset", "recognise"]

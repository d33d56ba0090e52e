"""Amodal completion: the whole of an object from its visible part."""

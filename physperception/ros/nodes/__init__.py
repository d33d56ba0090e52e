"""One module a node, each with a node class and a `main`."""

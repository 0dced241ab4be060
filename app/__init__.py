"""Lectern: ask your documents, and see the page every sentence of the answer came from."""

__version__ = "0.1.0"

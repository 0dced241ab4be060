"""One module a format: bytes to pages."""

"""Bytes to pages to chunks, in isolated processes."""

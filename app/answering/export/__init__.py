"""Conversations as files that can be shown to others, years later too."""

"""The words of Lectern as values, and its errors. Standard library only."""

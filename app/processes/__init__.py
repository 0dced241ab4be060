"""Child processes that hold an engine: the parent's end, and the child's."""

"""One module an engine; the only places where engines are imported, and late."""

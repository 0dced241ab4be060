"""What is kept: the ledger, the vector index, and how documents get into them."""

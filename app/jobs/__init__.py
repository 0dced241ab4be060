"""Long work: lanes, cancelling and progress. Standard library only."""

"""What a command ends with."""

DONE, SOME_SKIPPED, WRONG_USE, ENVIRONMENT, STOPPED = 0, 1, 2, 3, 130

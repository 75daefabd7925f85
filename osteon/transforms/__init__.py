"""One file per transform; what was drawn is recorded as a Step, so it can be redone and undone."""

"""One file per metric: a pure function and its interval."""

"""One file per method that shows where an answer came from."""

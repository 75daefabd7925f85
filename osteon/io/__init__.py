"""One file per format, in and out: headers are checked, geometry is kept, nothing is guessed silently."""

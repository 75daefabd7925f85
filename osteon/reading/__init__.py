"""A patient's files to the systems that apply, to one reading."""

"""The audit of a cohort: one file for each kind of check, all over one reading of the pixels."""

r"""A body's tissue outside the scanner: H&E tiles and slides, immunohistochemistry, expression, Raman spectra."""

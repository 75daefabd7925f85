"""Tracer in a body: bone scan by Monte Carlo and by its kernels, SPECT, FDG-PET."""

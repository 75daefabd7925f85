"""Magnetic resonance of a body: signal equations, thick slices, contrast agent as it passes."""

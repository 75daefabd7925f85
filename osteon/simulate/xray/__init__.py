"""X-rays through a body: radiographs, CT, spectral CT, and radiographs from a user's own CT."""

"""One file per network or estimator; tensors in, tensors out; no paths, no logging."""

"""The only loops: train, evaluate, predict and bench run any System."""

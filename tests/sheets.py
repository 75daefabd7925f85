"""The systems of the review: more is asked of them than a file and a test, since osteon promises them."""

from osteon import systems

OF_THE_REVIEW = [name for name in systems.names() if systems.get(name).paper.sheet]
"""Those with a fact sheet. One from elsewhere says `sheet=0` and needs neither recipe nor row of the evidence."""

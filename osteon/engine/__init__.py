"""Train, evaluate and predict: the only loops; they run any system."""

from osteon.engine.options import TrainOptions
from osteon.engine.predictor import Predictor
from osteon.engine.train import train

__all__ = ["Predictor", "TrainOptions", "train"]

"""Train, evaluate and predict: the only loops; they run any system."""

from osteon.engine.bench import bench
from osteon.engine.compare import compare
from osteon.engine.cross_validate import cross_validate
from osteon.engine.evaluate import evaluate
from osteon.engine.options import TrainOptions
from osteon.engine.predict import predict
from osteon.engine.predictor import Predictor
from osteon.engine.train import train

__all__ = ["Predictor", "TrainOptions", "bench", "compare", "cross_validate", "evaluate", "predict", "train"]

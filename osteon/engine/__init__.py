"""Train, evaluate and predict: the only loops; they run any system."""

from osteon.engine.bench import bench
from osteon.engine.choose import ChooseOptions, choose
from osteon.engine.choose import as_plain as choice_as_plain
from osteon.engine.compare import compare
from osteon.engine.cross_validate import cross_validate
from osteon.engine.evaluate import evaluate
from osteon.engine.explain import ExplainOptions, explain
from osteon.engine.explanation import as_plain as explanation_as_plain
from osteon.engine.learning_curve import CurveOptions, learning_curve
from osteon.engine.options import TrainOptions
from osteon.engine.predict import predict
from osteon.engine.predictor import Predictor
from osteon.engine.profile import profile
from osteon.engine.train import train

__all__ = [
    "ChooseOptions", "CurveOptions", "ExplainOptions", "Predictor", "TrainOptions", "bench", "choice_as_plain",
    "choose", "compare", "cross_validate", "evaluate", "explain", "explanation_as_plain", "learning_curve", "predict",
    "profile", "train",
]  # fmt: skip

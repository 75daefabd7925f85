"""Classical classifiers, each with its own imputing and scaling inside, so that folds stay apart.

Their random states are left open: the engine gives them the seed of the run.
"""

from __future__ import annotations

from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


def forest(*, trees: int = 300, min_leaf: int = 1) -> Pipeline:
    """Return a random forest with balanced classes."""
    return make_pipeline(
        _imputed(),
        RandomForestClassifier(trees, min_samples_leaf=min_leaf, class_weight="balanced"),
    )


def extra_trees(*, trees: int = 300) -> Pipeline:
    """Return extremely randomised trees with balanced classes."""
    trees_ = ExtraTreesClassifier(trees, class_weight="balanced")
    return make_pipeline(_imputed(), trees_)


def boosting(*, min_leaf: int = 20, rounds: int = 100) -> Pipeline:
    """Return gradient-boosted trees on histograms, with balanced classes."""
    boosted = HistGradientBoostingClassifier(
        max_iter=rounds, min_samples_leaf=min_leaf, class_weight="balanced", early_stopping=False
    )
    return make_pipeline(_imputed(), boosted)


def svm(*, cost: float = 1.0) -> Pipeline:
    """Return a support vector machine with a radial kernel and Platt's probabilities."""
    machine = SVC(C=cost, class_weight="balanced")
    return make_pipeline(*_scaled(), CalibratedClassifierCV(machine, ensemble=False))


def logistic(*, cost: float = 1.0) -> Pipeline:
    """Return a logistic regression with an L2 penalty of 1 / `cost`."""
    return make_pipeline(*_scaled(), LogisticRegression(C=cost, class_weight="balanced", max_iter=5000))


def neighbours(*, count: int = 15) -> Pipeline:
    """Return a vote of the nearest neighbours, weighted by distance."""
    return make_pipeline(*_scaled(), KNeighborsClassifier(count, weights="distance"))


def selected(model: Pipeline, *, keep: int) -> Pipeline:
    """Return `model` on the `keep` columns with the highest F between the classes, chosen when it is fitted.

    Fewer columns than `keep` are all kept; one that never changes says nothing and is dropped first.
    """
    first = (_imputed(), VarianceThreshold(), SelectKBest(f_classif, k=keep))
    return make_pipeline(*first, *(step for _, step in model.steps))


def _scaled() -> tuple[SimpleImputer, StandardScaler]:
    return _imputed(), StandardScaler()


def _imputed() -> SimpleImputer:
    """Return an imputer by the median; a column that no training row has stays, as 0, and says nothing."""
    return SimpleImputer(strategy="median", keep_empty_features=True)

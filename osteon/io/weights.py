"""Trained weights: networks as safetensors, scikit-learn estimators as skops of listed types; nothing is unpickled."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
import zipfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from osteon.errors import WeightsError
from osteon.io import atomic

NETWORK, ESTIMATOR = "weights.safetensors", "weights.skops"
SKOPS = "skops.io"  # loaded with the first estimator: it brings all of scikit-learn, and a film needs networks only
LARGEST_SCHEMA_BYTES = 256 * 2**20
LARGEST_ESTIMATOR_BYTES = 4 * 2**30

_SKLEARN = {
    "sklearn._loss._loss": "CyHalfBinomialLoss CyHalfMultinomialLoss CyHalfSquaredError",
    "sklearn._loss.link": "Interval LogitLink MultinomialLogit IdentityLink",
    "sklearn._loss.loss": "HalfBinomialLoss HalfMultinomialLoss HalfSquaredError",
    "sklearn.calibration": "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration",
    "sklearn.compose._column_transformer": "ColumnTransformer",
    "sklearn.decomposition._pca": "PCA",
    "sklearn.discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
    "sklearn.dummy": "DummyClassifier DummyRegressor",
    "sklearn.ensemble._bagging": "BaggingClassifier",
    "sklearn.ensemble._forest": "ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor",
    "sklearn.ensemble._gb": "GradientBoostingClassifier GradientBoostingRegressor",
    "sklearn.ensemble._hist_gradient_boosting.binning": "_BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": (
        "HistGradientBoostingClassifier HistGradientBoostingRegressor"
    ),
    "sklearn.ensemble._hist_gradient_boosting.predictor": "TreePredictor",
    "sklearn.ensemble._voting": "VotingClassifier",
    "sklearn.ensemble._weight_boosting": "AdaBoostClassifier",
    "sklearn.feature_selection._univariate_selection": "SelectKBest f_classif",
    "sklearn.feature_selection._variance_threshold": "VarianceThreshold",
    "sklearn.impute._base": "SimpleImputer",
    "sklearn.linear_model._base": "LinearRegression",
    "sklearn.linear_model._coordinate_descent": "ElasticNet Lasso LassoCV",
    "sklearn.linear_model._logistic": "LogisticRegression LogisticRegressionCV",
    "sklearn.linear_model._ridge": "Ridge RidgeClassifier",
    "sklearn.metrics._dist_metrics": "EuclideanDistance64 ManhattanDistance64",
    "sklearn.naive_bayes": "GaussianNB",
    "sklearn.neighbors._classification": "KNeighborsClassifier",
    "sklearn.neighbors._kd_tree": "KDTree",
    "sklearn.neural_network._multilayer_perceptron": "MLPClassifier MLPRegressor",
    "sklearn.neural_network._stochastic_optimizers": "AdamOptimizer SGDOptimizer",
    "sklearn.pipeline": "Pipeline FeatureUnion",
    "sklearn.preprocessing._data": (
        "MaxAbsScaler MinMaxScaler Normalizer PolynomialFeatures PowerTransformer QuantileTransformer "
        "RobustScaler StandardScaler"
    ),
    "sklearn.preprocessing._encoders": "OneHotEncoder OrdinalEncoder",
    "sklearn.preprocessing._label": "LabelBinarizer LabelEncoder",
    "sklearn.svm._classes": "LinearSVC NuSVC SVC SVR",
    "sklearn.tree._classes": ("DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor"),
    "sklearn.tree._tree": "Tree",
    "sklearn.utils._bunch": "Bunch",
}
_PLAIN = {
    "builtins": "bool bytes dict float int list NoneType set slice str tuple",
    "collections": "OrderedDict defaultdict",
    "numpy": ("bool_ bool dtype float32 float64 int8 int32 int64 intp ndarray uint8 uint32 uint64"),
    "osteon.models.soft_vote": "SoftVote",
    "numpy.random._generator": "Generator",
    "numpy.random.mtrand": "RandomState",
    "scipy.sparse._csr": "csr_matrix csr_array",
    "scipy.sparse._csc": "csc_matrix csc_array",
}
TRUSTED = frozenset(f"{module}.{name}" for module, names in (_SKLEARN | _PLAIN).items() for name in names.split())
"""Every type that an estimator file may hold; anything else is refused."""


def sha256(path: Path) -> str:
    """Return the sha256 of the file at `path`, 64 hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def save_network(path: Path, state: Mapping[str, Tensor], *, half: bool = False) -> str:
    """Write a network's `state` to `path` as safetensors, and return the file's sha256.

    Args:
        path: File to write, whole or not at all.
        state: As of `nn.Module.state_dict()`.
        half: Store floating tensors as float16: half the size; `load_network` gives float32 again.

    Raises:
        WeightsError: A value does not fit in float16.

    """
    tensors = {name: _halved(name, t) if half else t for name, t in state.items()}
    data = tensor_bytes(tensors)
    atomic.write_bytes(path, data)
    return hashlib.sha256(data).hexdigest()


def tensor_bytes(tensors: Mapping[str, Tensor], *, metadata: Mapping[str, str] | None = None) -> bytes:
    """Return `tensors` as the bytes of a safetensors file; the same tensors give the same bytes."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    seen: set[int] = set()
    for name, tensor in plain.items():
        # safetensors refuses tied weights; each name gets its own copy, and loading ties them again.
        place = tensor.untyped_storage().data_ptr()
        plain[name] = tensor.clone() if place in seen else tensor
        seen.add(place)
    return safetensors.torch.save(plain, dict(metadata) if metadata else None)


def load_network(path: Path) -> dict[str, Tensor]:
    """Return the state of the network at `path`, floating tensors as float32.

    Raises:
        WeightsError: The file is missing, damaged or not safetensors.

    """
    return {name: t.float() if t.is_floating_point() else t for name, t in read_tensors(path)[0].items()}


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a safetensors file as they are stored, and its metadata; raises as `load_network` does."""
    _refuse_others(path, kind="safetensors")
    try:
        with safe_open(path, framework="pt") as handle:
            return {name: handle.get_tensor(name) for name in handle.keys()}, handle.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        why = "is not a whole safetensors file; copy it again, or train again."
        raise WeightsError(why, file=path.name) from error


def save_estimator(path: Path, estimator: Any) -> str:
    """Write a scikit-learn estimator to `path` as skops, and return the file's sha256.

    The bytes depend on the estimator alone: skops' memory addresses and times are replaced.

    Raises:
        WeightsError: It holds a type that is not in `TRUSTED`, so that it could not be loaded again.

    """
    data = _same_bytes(import_module(SKOPS).dumps(estimator))
    _refuse_types(_types(data, path), path)
    atomic.write_bytes(path, data)
    return hashlib.sha256(data).hexdigest()


def load_estimator(path: Path) -> Any:
    """Return the scikit-learn estimator at `path`.

    Raises:
        WeightsError: The file is missing, damaged, not skops, or holds a type that is not in `TRUSTED`.

    """
    _refuse_others(path, kind="skops")
    data = path.read_bytes()
    _refuse_types(_types(data, path), path)
    skops = import_module(SKOPS)
    try:
        with warnings.catch_warnings():
            # Another version of scikit-learn wrote it; its predictions are checked by the run's own hash.
            warnings.filterwarnings("ignore", category=UserWarning)
            found = skops.loads(data, trusted=sorted(set(skops.get_untrusted_types(data=data)) & TRUSTED))
    except Exception as error:  # skops raises whatever its nodes meet
        why = f"could not be rebuilt ({type(error).__name__}); train again with this version of osteon."
        raise WeightsError(why, file=path.name) from error
    if not hasattr(found, "predict"):
        why = f"holds a {type(found).__name__} and no estimator; name the file of a fitted part."
        raise WeightsError(why, file=path.name)
    return found


def _halved(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():
        return tensor
    half = tensor.to(torch.float16)
    if bool((torch.isinf(half) & ~torch.isinf(tensor)).any()):
        msg = f"The tensor {name!r} has values above 65504, too large for half precision; save it in full."
        raise WeightsError(msg)
    return half


def _refuse_others(path: Path, *, kind: str) -> None:
    """Raise unless the first bytes of `path` are those of `kind`, whatever its name says."""
    try:
        with path.open("rb") as handle:
            head = handle.read(9)
    except OSError as error:
        why = f"is not there or cannot be read ({error.strerror}); name the folder of a finished run."
        raise WeightsError(why, file=path.name) from error
    found = _kind(path, head)
    if found != kind:
        why = f"is {found}; osteon loads networks from safetensors and estimators from skops, and unpickles nothing."
        raise WeightsError(why, file=path.name)


def _kind(path: Path, head: bytes) -> str:
    if len(head) == 9 and head[8:] == b"{" and int.from_bytes(head[:8], "little") <= path.stat().st_size - 8:
        return "safetensors"
    if head.startswith(b"PK"):
        names = _names(path)
        if any(name.endswith(".pkl") for name in names):
            return "a PyTorch pickle"
        return "skops" if "schema.json" in names else "a zip of another kind"
    if head.startswith((b"\x80", b"(", b"cos", b"c__")):
        return "a pickle"
    return "empty" if not head else "of an unknown kind, or damaged"


def _names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return []


def _types(data: bytes, path: Path) -> set[str]:
    """Return the full names of all types in skops `data`, without building anything."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(i.file_size for i in archive.infolist()) > LARGEST_ESTIMATOR_BYTES:
                raise WeightsError("unpacks to more than 4 GiB; refused.", file=path.name)
            if archive.getinfo("schema.json").file_size > LARGEST_SCHEMA_BYTES:
                raise WeightsError("has a schema of more than 256 MiB; refused.", file=path.name)
            return {f"{o['__module__']}.{o['__class__']}" for o in _nodes(json.loads(archive.read("schema.json")))}
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError, NotImplementedError) as error:
        raise WeightsError("is a damaged skops file; copy it again, or train again.", file=path.name) from error


def _nodes(schema: Any) -> list[dict[str, Any]]:
    """Return every node of a skops schema."""
    found, todo = [], [schema]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            if "__class__" in item or "__loader__" in item:
                found.append(item)
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return found


def _refuse_types(found: set[str], path: Path) -> None:
    strange = sorted(found - TRUSTED)
    if strange:
        why = f"holds {', '.join(strange[:3])}; only the types listed in osteon.io.weights.TRUSTED are loaded."
        raise WeightsError(why, file=path.name)


def _same_bytes(data: bytes) -> bytes:
    """Return skops `data` with ids numbered in order of appearance and no times, so that its hash means something."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read("schema.json"))
        ids: dict[int, int] = {}
        for node in _nodes(schema):
            if "__id__" in node:
                node["__id__"] = ids.setdefault(node["__id__"], len(ids) + 1)  # skops takes 0 for none
        moved: dict[str, str] = {}
        for node in _nodes(schema):
            if isinstance(node.get("file"), str):
                node["file"] = moved.setdefault(node["file"], f"{len(moved)}{Path(node['file']).suffix}")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fresh:
            for old, new in [*moved.items(), ("schema.json", "schema.json")]:
                info = zipfile.ZipInfo(new, date_time=(1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                fresh.writestr(
                    info,
                    json.dumps(schema, indent=2) if new == "schema.json" else _without_padding(archive.read(old), old),
                )
    return out.getvalue()


def _without_padding(data: bytes, name: str) -> bytes:
    """Return a stored array with the bytes between its fields zero: a tree leaves them as they were."""
    if not name.endswith(".npy"):
        return data
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if not array.dtype.names:
        return data
    clean = np.zeros(array.shape, dtype=array.dtype)
    for field in array.dtype.names:
        clean[field] = array[field]
    out = io.BytesIO()
    np.save(out, clean, allow_pickle=False)
    return out.getvalue()

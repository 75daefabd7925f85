import pytest

from osteon.errors import RequestError
from osteon.metrics import catalogue


def test_a_class_in_brackets_keeps_the_facts():
    assert catalogue.fact("auc[malignant]") is catalogue.fact("auc")
    assert catalogue.title("auc[malignant]") == "ROC AUC, malignant"


def test_unknown_metrics_are_refused_with_the_list():
    with pytest.raises(RequestError, match=r"no metric 'acc'.*accuracy"):
        catalogue.fact("acc")


@pytest.mark.parametrize("name", sorted(catalogue.FACTS))
def test_each_fact_is_whole(name):
    fact = catalogue.fact(name)
    assert fact.title
    assert fact.needs
    assert fact.low < fact.high

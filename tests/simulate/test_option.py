"""An option takes the values it names and no other, and an order states every one of them."""

from __future__ import annotations

import math

import pytest

from osteon.errors import RequestError
from osteon.simulate import option, recipes
from osteon.simulate.option import DRAWN, Option

DOSE = Option(name="dose", says="of the usual dose", default="100", words=(DRAWN,), numbers=(1.0, 100.0))
METAL = Option(name="metal", says="in the bone", default="none", words=("none", "nail"))
DECLARED = [(recipe, one) for recipe in recipes.everything().values() for one in recipe.options]


def test_numbers_lose_idle_digits_and_words_stay():
    assert [DOSE.settled(value) for value in ("30", "30.0", "3e1", " 30 ", "2.5", DRAWN)] == ["30"] * 4 + ["2.5", DRAWN]
    assert METAL.settled("nail") == "nail"


@pytest.mark.parametrize("value", ["", "0.99", "101", "-5", "nan", "inf", "thirty", "Drawn", "drawn "])
def test_another_value_is_told_what_is_allowed(value):
    with pytest.raises(RequestError) as told:
        DOSE.settled(value)
    assert str(told.value) == f"dose cannot be {value!r}; it is 1 to 100 or drawn."


@pytest.mark.parametrize("value", ["1", "none ", "NAIL"])
def test_where_there_are_no_numbers_none_is_taken(value):
    with pytest.raises(RequestError, match="it is none or nail"):
        METAL.settled(value)


def test_every_option_is_settled_by_what_was_asked_else_by_default():
    assert option.settled((DOSE, METAL), {"dose": "7.0"}, recipe="x") == {"dose": "7", "metal": "none"}
    assert option.settled((), {}, recipe="x") == {}
    assert (DOSE.of({"dose": "7"}), DOSE.of({})) == ("7", "100")


@pytest.mark.parametrize(("options", "has"), [((), "it has none"), ((DOSE, METAL), "it has dose, metal")])
def test_an_option_that_a_recipe_has_not_is_told_those_that_it_has(options, has):
    with pytest.raises(RequestError, match=f"The recipe x has no option 'wire' to set; {has}"):
        option.settled(options, {"wire": "1"}, recipe="x")


@pytest.mark.parametrize(("recipe", "one"), DECLARED, ids=[f"{recipe.name}-{one.name}" for recipe, one in DECLARED])
def test_what_recipes_declare_is_sound(recipe, one):
    assert one.settled(one.default) == one.default, "the default is one of the values, as the record has it"
    assert one.says
    assert not one.note or one.note.endswith(".")
    assert len(set(one.words)) == len(one.words)
    assert one.numbers is None or all(math.isfinite(number) for number in one.numbers)
    assert [other.name for other in recipe.options].count(one.name) == 1

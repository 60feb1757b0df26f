"""Readers of the environment: what they give and what they refuse."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from lms.env import Env

SCHEMES = ("http", "https")


@pytest.mark.parametrize(
    ("value", "given"),
    [
        ("", "http://default"),
        ("none", ""),
        ("None", ""),
        ("https://host:4318", "https://host:4318"),
    ],
)
def test_an_address_may_be_none(value, given):
    read = Env({"AT": value}).url_or_none("AT", schemes=SCHEMES, default="http://default")

    assert read == given


def test_an_address_of_another_scheme_is_refused():
    with pytest.raises(ImproperlyConfigured, match=r"^AT must look like http://"):
        Env({"AT": "ftp://x"}).url_or_none("AT", schemes=SCHEMES, default="")


def test_headers_are_pairs_with_encoded_values():
    text = "api-key=a%20b%2Cc, x-scope = 1,"

    assert Env({"H": text}).headers("H") == {"api-key": "a b,c", "x-scope": "1"}
    assert Env({}).headers("H") == {}


@pytest.mark.parametrize(
    "text", ["canary", "=canary", "canary=", "a b=canary", "a=canary%0d%0aX: y", "a=canary%00"]
)
def test_bad_headers_are_refused_without_being_repeated(text):
    with pytest.raises(ImproperlyConfigured, match=r"^H must look like name=value") as error:
        Env({"H": text}).headers("H")

    assert "canary" not in str(error.value)


def test_a_key_is_long_enough_and_fits_into_a_header():
    assert Env({"KEY": "k" * 16}).secret("KEY") == "k" * 16
    assert Env({}).secret("KEY") == ""


@pytest.mark.parametrize(
    "key", ["canary", "canary key of some length", "canary\n" * 4, "canary" * 40]
)
def test_a_bad_key_is_refused_without_being_repeated(key):
    with pytest.raises(ImproperlyConfigured, match=r"^KEY must have 16 to 200") as error:
        Env({"KEY": key}).secret("KEY")

    assert "canary" not in str(error.value)

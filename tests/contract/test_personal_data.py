"""Whatever is held of a customer is given out and, where it is personal, erased."""

import pytest
from django.apps import apps
from django.conf import settings

from controlplane.personal_data import holdings, retentions


@pytest.fixture(scope="module")
def declared():
    return {model for each in holdings() for model in (each.model, *each.also)}


def test_every_model_whose_rows_lead_to_a_customer_is_in_a_personal_data_module(declared):
    of_customers = {model for model in apps.get_models() if getattr(model, "CUSTOMER_PATHS", ())}

    assert of_customers - declared == set(), "say in the app's personal_data.py what becomes of it"


def test_names_are_given_once_and_personal_columns_exist():
    names = [each.name for each in holdings()]

    assert len(set(names)) == len(names)
    for each in holdings():
        columns = {field.attname for field in each.model._meta.concrete_fields}
        assert {*each.personal, *each.hidden} <= columns, each.name


def test_what_may_hold_words_of_a_person_is_personal():
    for each in holdings():
        columns = {field.attname for field in each.model._meta.concrete_fields}
        free = columns & {"name", "metadata", "email", "username", "first_name", "last_name"}
        assert each.erase is not None or free <= set(each.personal), each.name


def test_every_kind_that_is_forgotten_with_time_has_its_setting():
    assert {each.kind for each in retentions()} == set(settings.RETENTION_DAYS)

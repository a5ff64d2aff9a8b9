"""Tells state conflicts, and what the contract asks for, from findings; sends the tokens of guests' carts."""

import atexit
import json
from collections import Counter

import schemathesis
from hypothesis import strategies as st

# A valid request may be refused with these, because of what is stored or not, or by a rule of the domain that needs the
# whole cart. Any other refusal of a valid request is a finding: the document allows more than the service takes.
STATE_CONFLICTS = {
    # made-up ids, names and versions
    "NOT_FOUND",
    "CART_NOT_FOUND",
    "ITEM_NOT_FOUND",
    "PRODUCT_NOT_FOUND",
    "VERSION_NOT_FOUND",
    # what is there does not fit
    "ACTIVE_CART_EXISTS",
    "CART_CLOSED",
    "CURRENCY_MISMATCH",
    "PRODUCT_NOT_SELLABLE",
    "VERSION_MISMATCH",
    "TOO_MUCH_CONTENTION",
    "IDEMPOTENCY_KEY_REUSED",
    # limits of a whole cart, or configured ones
    "AMOUNT_OUT_OF_RANGE",
    "ITEM_LIMIT_REACHED",
    "QUANTITY_OUT_OF_RANGE",
    # which events other systems may report, and what is in them, is said by the registry of events
    "EVENT_INVALID",
    "EVENT_NOT_PUBLISHABLE",
}

# The same of a single field or parameter, which no schema can say.
FIELD_CONFLICTS = {
    "IS_CURSOR",  # only a cursor that the list gave out is one
    "EXCLUDES",  # `version` and `asOf` exclude each other
    "IS_UNIQUE",  # a SKU is twice in one import
}

# Left to itself, Schemathesis fills a header with letters and digits only, and takes what it cannot fill for valid.
entity_tags = st.sampled_from(["*", '"1"', '"2"', '"3", W/"4"', '"1-5b8f0c9de1a27740"', ',"5",'])
schemathesis.openapi.format("entity-tags", entity_tags)

# Tokens of guests' carts, by cart.
tokens = {}

# How often something was set apart, by problem code or failure.
set_apart = Counter()
statuses = Counter()


def problem_of(response):
    try:
        problem = json.loads(response.content)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def is_state_conflict(problem):
    if problem.get("code") in STATE_CONFLICTS:
        return True
    errors = problem.get("errors", [])
    return bool(errors) and all(error["code"] in FIELD_CONFLICTS for error in errors)


def is_meant(failure, path):
    """What Schemathesis takes for a failure, and the contract asks for. Its codes are stable (`st explain ST301`)."""
    if failure.code == "ST108":
        # It holds each event of a live stream against the schema of the whole text. test/api/ and test/feed/ look at events.
        return path == "/v1/events/stream"
    if failure.code == "ST201":
        # Every service has to bear with headers that it does not know.
        return "in header - object with unexpected properties" in failure.message
    if failure.code == "ST205":
        # `imports` could also be a SKU, so the path takes the methods of a product, too.
        return path == "/v1/products/imports"
    if failure.code == "ST301":
        # A cart that was given up keeps its history, and its status says so.
        return path.startswith("/v1/carts/{cartId}")
    if failure.code == "ST401":
        # A cart that a token does not open looks like one that does not exist, so that nobody can find out which do.
        return path.startswith("/v1/carts/{cartId}") and "got `404 Not Found`" in failure.message
    return False


@schemathesis.hook
def filter_failure(context, failure, case, response):
    problem = problem_of(response)
    if "positive_data_acceptance" in failure.checks and is_state_conflict(problem):
        set_apart[problem["code"]] += 1
        return False
    if is_meant(failure, case.operation.path):
        set_apart[failure.code] += 1
        return False
    return True


@schemathesis.hook
def after_call(context, case, response):
    statuses[response.status_code] += 1
    answer = problem_of(response)
    if isinstance(answer.get("token"), str):
        tokens[answer.get("id")] = answer["token"]


@schemathesis.hook
def before_call(context, case, kwargs):
    """A claim takes the token of the guest's cart beside the JWT of the customer."""
    token = tokens.get((case.path_parameters or {}).get("cartId"))
    if case.operation.path.endswith("/claims") and token is not None:
        case.headers["X-Cart-Token"] = token


@atexit.register
def summarize():
    for what, counts in ("answers", statuses), ("set apart", set_apart):
        print(f"{what}:", ", ".join(f"{count} x {name}" for name, count in counts.most_common()))

"""Arguments that mean the same everywhere, and the values of enums, are described in one place (参数说明)."""

from graphql import GraphQLArgument, GraphQLEnumType, GraphQLSchema, is_interface_type, is_object_type

from domain import kernel
from schema.values import VALUES

ARGUMENTS: dict[str, str] = {
    "first": "How many rows from the front, 0 to 100; 20 when neither first nor last is given.",
    "after": "Go on after this cursor.",
    "last": "How many rows from the back, 0 to 100.",
    "before": "End before this cursor.",
    "where": "Which rows; without it, all you may see.",
    "orderBy": "In which total order; each is served by an index.",
    "id": "The opaque id.",
    "ids": "The opaque ids, at most 100.",
    "input": "What is wanted.",
    "inputs": "What is wanted, at most as many items as the mutation says.",
    "onRefusal": "SKIP refused items, or REJECT_ALL and undo everything when one is refused.",
    "idempotencyKey": "Same key and same input: the first answer again. The header Idempotency-Key works too.",
    "validateOnly": "Do all of it, answer what would happen, and undo it.",
    "days": "Over how many days back.",
    "ruleId": "The review rule; or give conditions.",
    "conditions": "The conditions of a rule that is not kept.",
    "withRemoved": "Also those that were removed.",
    "asOf": "As it was at this moment (UTC); now when it is not given.",
    "by": "By what it is told apart.",
    "period": "Which days; both ends are included.",
    "span": "How finely time is cut; WHOLE gives one row per variant and warehouse.",
    "variantId": "The variant.",
    "variantIds": "The variants, at most 100.",
    "warehouseId": "The warehouse.",
    "distributorId": "The distributor.",
    "responsibleId": "Only what this person took; everybody's when it is not given.",
    "currency": "The currency of the books; CNY when it is not given.",
    "partner": "Only what came from or went to one of these partners or places.",
    "person": "Only what went through the hands of this person, by name.",
    "levels": "Only these levels.",
    "kind": "Of which kind.",
    "kinds": "Only these kinds.",
    "channels": "Only these channels.",
    "addressedTo": "Only what is addressed to these people.",
    "warehouses": "Only these warehouses.",
}


def describe_arguments(schema: GraphQLSchema) -> None:
    """Give every argument its sentence; one that nobody described stays bare for the house test to find."""
    for kind in schema.type_map.values():
        if is_object_type(kind) or is_interface_type(kind):
            for field in kind.fields.values():
                for name, argument in field.args.items():
                    _describe(name, argument)
        elif isinstance(kind, GraphQLEnumType):
            _describe_values(kind)


def _describe(name: str, argument: GraphQLArgument) -> None:
    if not argument.description and name in ARGUMENTS:
        argument.description = ARGUMENTS[name]


def _describe_values(kind: GraphQLEnumType) -> None:
    codes = {code: refusal.__doc__ for code, refusal in kernel.Refusal.known.items()}
    sentences = codes if kind.name == "RefusalCode" else VALUES.get(kind.name, {})
    for name, value in kind.values.items():
        value.description = value.description or sentences.get(name)

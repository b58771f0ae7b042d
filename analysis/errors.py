"""Errors that cross folders: sentences with the place, the value, what is allowed, what to do."""


class SchemaError(ValueError):
    """Data, or the columns of a file, cannot be used; one sentence a line for every fault."""


class RegisterError(ValueError):
    """A register in data/ breaks its own rules, or has no record of that name."""

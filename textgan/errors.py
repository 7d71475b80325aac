"""The one exception that a user is meant to see as a single line."""


class UserError(Exception):
    """Bad input: the message says what came, what was expected and what to do.

    The command line prints it on one line and exits with code 2; from Python it is an ordinary exception.
    """

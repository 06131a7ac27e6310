"""The one exception a person is meant to read."""


class TwoviewError(Exception):
    """Something the person can mend: says what was needed, what came, and what to do.

    The command line prints it without a traceback and exits with 2; the app shows it as a sentence.
    """

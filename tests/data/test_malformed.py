"""Five hundred malformed files: each is refused with a sentence, and none is taken for a picture."""

import resource

from engine.data.images import open_picture
from engine.errors import TwoviewError
from tests.data.malformed import SORTS, malformed


def test_five_hundred_malformed_files_are_each_refused_with_a_sentence():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = []
    for sort, content in malformed():
        try:
            open_picture(content)
        except TwoviewError as problem:
            assert str(problem).endswith("."), sort
            refused.append(sort)
        else:
            raise AssertionError(f"{sort} was opened as a picture")
    assert len(refused) == 500 and set(refused) == {make.__name__ for make in SORTS}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000, "no bomb went off"


def test_they_are_the_same_each_time():
    assert list(malformed(28)) == list(malformed(28))

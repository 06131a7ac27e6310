"""Flickr30k Entities in its official layout, made here: chains, plural entities, what has no box, and files that are not what they should be."""

import pytest
from PIL import Image

from engine.data import entities, load
from engine.data.regions import phrase_regions
from engine.errors import TwoviewError

SENTENCES = (
    "[/EN#11/people Two dogs] chase [/EN#12/other a red ball] in [/EN#13/scene a park] .\n"
    "[/EN#11/people The dogs] run after [/EN#12/other/bodyparts it] with [/EN#0/notvisual fun] .\n"
)
BOX = "<object>{names}<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
XML = (
    "<annotation><filename>7.jpg</filename><size><width>60</width><height>40</height><depth>3</depth></size>"
    + BOX.format(1, 1, 10, 20, names="<name>11</name>") + BOX.format(21, 5, 30, 25, names="<name>11</name>")
    + BOX.format(40, 10, 45, 15, names="<name>12</name>") + "<object><name>13</name><scene>1</scene><nobndbox>0</nobndbox></object></annotation>"
)  # fmt: skip


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / entities.FOLDER
    for name in ("Annotations", "Sentences"):
        (folder / name).mkdir(parents=True)
    (tmp_path / entities.PHOTOS).mkdir(parents=True)
    for name in entities.LISTS.values():
        (folder / name).write_text("7\n")
    (folder / "Annotations" / "7.xml").write_text(XML)
    (folder / "Sentences" / "7.txt").write_text(SENTENCES)
    Image.new("RGB", (60, 40), "green").save(tmp_path / entities.PHOTOS / "7.jpg")
    return tmp_path


def test_phrases_name_the_boxes_of_their_chain(root):
    data = load("flickr30k-phrases", "test", root)
    assert list(data.y.items) == ["Two dogs chase a red ball in a park .", "The dogs run after it with fun ."]
    found = phrase_regions(data)
    assert [(p.sentence, p.text, p.box) for p in found] == [
        (0, "Two dogs", (0, 0, 30, 25)), (0, "a red ball", (39, 9, 45, 15)), (1, "The dogs", (0, 0, 30, 25)), (1, "it", (39, 9, 45, 15)),
    ]  # fmt: skip
    assert found[0].objects == found[2].objects and found[0].labels == ("people",)
    assert [phrase.objects for phrase in data.y.phrases[0]][2] == ()  # the park has no box


@pytest.mark.parametrize("content", [
    '<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;&x;">]><annotation>&y;</annotation>',
    '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><annotation/>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><object><name>&x;</name></object></annotation>',
    "<annotation><object>", "no xml at all", XML.replace("<xmin>40", "<xmin>forty"), XML.replace("<xmin>40", "<xmin>nan"), XML.replace("<xmax>45", "<xmax>1e99"),
    "<annotation>" + " " * entities.MAX_XML + "</annotation>",
])  # fmt: skip
def test_xml_that_is_something_else_is_a_sentence(root, content):
    (root / entities.FOLDER / "Annotations" / "7.xml").write_text(content)
    with pytest.raises(TwoviewError, match=r"7\.xml"):
        load("flickr30k-phrases", "test", root)


def test_boxes_without_an_area_are_left_out(root):
    (root / entities.FOLDER / "Annotations" / "7.xml").write_text(XML.replace("<xmax>45", "<xmax>39"))
    assert [p.text for p in phrase_regions(load("flickr30k-phrases", "test", root))] == ["Two dogs", "The dogs"]


@pytest.mark.parametrize("text", ["../7\n", "", "seven\n"])
def test_lists_that_name_no_photos_are_a_sentence(root, text):
    (root / entities.FOLDER / "test.txt").write_text(text)
    with pytest.raises(TwoviewError, match=r"test\.txt"):
        load("flickr30k-phrases", "test", root)


def test_what_is_absent_is_named(root):
    (root / entities.FOLDER / "Sentences" / "7.txt").unlink()
    with pytest.raises(TwoviewError, match=r"7\.txt"):
        load("flickr30k-phrases", "test", root)

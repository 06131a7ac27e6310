"""The workspace bar on top of every page: data set, split, model A, model B. The link restores it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from app import explain, lab

NOTHING = "No second model"


@dataclass(frozen=True)
class Workspace:
    """``data`` and ``split`` as the engine names them. ``b`` is None when one model is looked at alone."""

    data: str
    split: str
    a: lab.Entry
    b: lab.Entry | None

    @property
    def models(self) -> dict[str, lab.Entry]:
        return {"A": self.a} | ({"B": self.b} if self.b else {})


def bar() -> None:
    """Draw the bar and remember the choice in the session (``current``)."""
    st.session_state.workspace = None
    ready = lab.data_sets()
    if not ready:
        return
    names = _data_sets(ready)
    with st.container(horizontal=True, gap="small", key="workspace"):
        data = names[_choose("Data set", list(names), "data", explain.data_set(ready[names[_expected("data", list(names))]]))]
        splits = _asked_splits(ready[data].splits)
        split = _choose("Split", splits, "split", explain.SPLIT)
        entries = lab.models(data)
        titles = _by_title({name: entry.title for name, entry in entries.items()})
        a = _choose(":blue-badge[A] Model", list(titles), "a", explain.model(entries[titles[_expected("a", list(titles))]]))
        others = [*titles, NOTHING]
        second = _expected("b", others, index=1)
        help = explain.NO_SECOND if second == NOTHING else explain.model(entries[titles[second]])
        b = _choose(":orange-badge[B] Model", others, "b", help, index=1)
    st.session_state.workspace = Workspace(data, split, entries[titles[a]], entries[titles[b]] if b != NOTHING else None)


def current() -> Workspace:
    """The choice made in the bar. Ends the page with a sentence when there is nothing to choose from."""
    workspace = st.session_state.get("workspace")
    if workspace is None:
        st.info(
            "There is no trained model to ask yet. Train one with `python -m engine train scenes/cca`, or see "
            "*Data and models* for what is wrong with those that were found.",
            icon=":material/deployed_code_alert:",
        )
        st.stop()
    return workspace


def link(data: str, split: str, a: lab.Entry, b: lab.Entry | None) -> dict[str, str]:
    """The link's parameters that choose these in the bar."""
    sets = {name: title for title, name in _data_sets(lab.data_sets()).items()}
    titles = {name: title for title, name in _by_title({name: entry.title for name, entry in lab.models(data).items()}).items()}
    return {"data": sets[data], "split": split, "a": titles[a.path.name], "b": titles[b.path.name] if b else NOTHING}


def _choose(label: str, options: list[str], key: str, help: str, index: int = 0) -> str:
    if st.session_state.get(key) not in options:  # chosen for another data set
        st.session_state.pop(key, None)
    return st.selectbox(label, options, index=index, key=key, help=help, bind="query-params", filter_mode=None, width=165)


def _asked_splits(splits: tuple[str, ...]) -> list[str]:
    """The test split first: it is what nobody has trained on."""
    return sorted(splits, key=lambda split: ("test" not in split, split == "train", splits.index(split)))


def _data_sets(ready: Mapping[str, lab.DatasetInfo]) -> dict[str, str]:
    """Title, without what stands in brackets -> name."""
    return _by_title({name: re.sub(r" \([^)]*\)", "", info.title) for name, info in ready.items()})


def _by_title(titles: Mapping[str, str]) -> dict[str, str]:
    """Title -> name, a name being added where two titles are alike."""
    alike = [title for title in titles.values()]
    return {title if alike.count(title) == 1 else f"{title} ({name})": name for name, title in titles.items()}


def _expected(key: str, options: list[str], index: int = 0) -> str:
    """What the widget is about to give: its help is written before it is drawn."""
    known = st.session_state.get(key, st.query_params.get(key))
    return known if known in options else options[index]

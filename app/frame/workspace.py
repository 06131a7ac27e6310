"""The workspace bar on top of every page: data set, split, model A, model B. The link restores it."""

from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from app.asking import catalogue
from app.frame import explain, query

NOTHING = "No second model"
CHOICES = ("data", "split", "a", "b")
# Four menus in a row where there is room, two on a phone; titles of models are longer than those of data sets.
STYLE = """<style>
.st-key-workspace > [data-testid=stElementContainer] { width: calc(50% - 0.5rem); flex: none; }
@media (min-width: 700px) {
    .st-key-workspace > [data-testid=stElementContainer] { width: 11rem; }
    .st-key-workspace > [data-testid=stElementContainer]:nth-child(1) { width: 15rem; }
    .st-key-workspace > [data-testid=stElementContainer]:nth-child(n+3) { width: 21rem; max-width: 40%; }
}
</style>"""
HIDDEN = "<style>.st-key-workspace { display: none; }</style>"


@dataclass(frozen=True)
class Workspace:
    """``data`` and ``split`` as the engine names them. ``b`` is None when one model is looked at alone."""

    data: str
    split: str
    a: catalogue.Entry
    b: catalogue.Entry | None

    @property
    def models(self) -> dict[str, catalogue.Entry]:
        return {"A": self.a} | ({"B": self.b} if self.b else {})


def bar(about: str = "", opens_on: str = "", shown: bool = True) -> None:
    """Draw the bar and remember the choice in the session (``current``). ``about``: only data sets of this subject are offered; ``opens_on``: all are,
    but one of this subject is chosen for whoever comes without a choice or a question. What was chosen before is chosen again on the next page. Not
    ``shown``, it keeps the choice for the other pages."""
    st.session_state.workspace = None
    ready = catalogue.data_sets()
    names = {title: name for title, name in catalogue.short_titles(ready).items() if about in ("", catalogue.subject(name))}
    if not names:
        return
    _take_up(list(names), about, opens_on)
    st.html(STYLE if shown else HIDDEN)
    usual = first(opens_on)  # which the link need not say
    with st.container(horizontal=True, gap="small", key="workspace"):
        index = list(names.values()).index(usual.data) if usual.data in names.values() else 0
        data = names[_choose("Data set", list(names), "data", explain.data_set(ready[names[_expected("data", list(names), index)]]), index)]
        splits = _asked_splits(ready[data].splits)
        split = _choose("Split", splits, "split", explain.SPLIT)
        entries = catalogue.models(data)
        titles = catalogue.model_titles(data)
        others = [*titles, NOTHING]
        first_a, first_b = (others.index(title) for title in _titles(usual)) if data == usual.data else (0, 1)
        a = _choose(":blue-badge[A] Model", list(titles), "a", explain.model(entries[titles[_expected("a", list(titles), first_a)]]), first_a)
        second = _expected("b", others, first_b)
        help = explain.NO_SECOND if second == NOTHING else explain.model(entries[titles[second]])
        b = _choose(":orange-badge[B] Model", others, "b", help, first_b)
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


def first(opens_on: str = "") -> Workspace:
    """What the bar shows to somebody who has chosen nothing, on a page that opens on data sets of a subject or on any."""
    ready = catalogue.data_sets()
    data = next((name for name in ready if opens_on and catalogue.subject(name) == opens_on), "")
    if data:
        a, *others = catalogue.best_first(catalogue.models(data).values())
        return Workspace(data, first_split(data), a, others[-1] if others else None)
    data = next(iter(ready))
    a, *others = catalogue.models(data).values()
    return Workspace(data, first_split(data), a, others[0] if others else None)


def first_split(data: str) -> str:
    """The split of a data set that is asked unless another is chosen."""
    return _asked_splits(catalogue.data_sets()[data].splits)[0]


def link(data: str, split: str, a: catalogue.Entry, b: catalogue.Entry | None) -> dict[str, str]:
    """The link's parameters that choose these in the bar."""
    sets = {name: title for title, name in catalogue.short_titles(catalogue.data_sets()).items()}
    first_title, second_title = _titles(Workspace(data, split, a, b))
    return {"data": sets[data], "split": split, "a": first_title, "b": second_title}


def _titles(workspace: Workspace) -> tuple[str, str]:
    """What the menus of A and B call these models."""
    titles = {name: title for title, name in catalogue.model_titles(workspace.data).items()}
    return titles[workspace.a.path.name], titles[workspace.b.path.name] if workspace.b else NOTHING


def ask(script: str, data: str, split: str, a: catalogue.Entry, b: catalogue.Entry | None) -> NoReturn:
    """Go to another page with these in the bar, whatever somebody has chosen there before.

    The bar takes them up when it is drawn for that page: what is put into its widgets now, a panel that runs by itself would overwrite with what
    the browser still shows.
    """
    st.session_state.asked = link(data, split, a, b)
    st.switch_page(script, query_params={})  # the bar's own parameters follow by themselves


def _take_up(offered: list[str], about: str, opens_on: str) -> None:
    """Before the menus are drawn: what is chosen in them, for somebody who comes from another page or by a link."""
    session = st.session_state
    came_from = session.get("taken_up")
    session.taken_up = (about, opens_on)
    if came_from != session.taken_up:
        _put_back()
    asked = session.pop("asked", {})
    session.update(asked)
    if about and session.get("data") not in (None, *offered):
        session.put_away = _chosen(), None
    if opens_on and came_from != session.taken_up and not asked and not _asks_something():
        usual, opening = (link(one.data, one.split, one.a, one.b) for one in (first(), first(opens_on)))
        if _chosen() == usual:
            session.put_away = usual, opening
            session.update(opening)


def _put_back() -> None:
    """Choose again what was chosen before a page that opens on something else, unless another choice was made there."""
    before, opened = st.session_state.pop("put_away", ({}, None))
    if opened in (None, _chosen()):
        st.session_state.update({name: value for name, value in before.items() if value is not None})


def _chosen() -> dict[str, str | None]:
    return {name: st.session_state.get(name) for name in CHOICES}


def _asks_something() -> bool:
    return bool(st.session_state.get("query")) or not st.query_params.keys().isdisjoint({*query.NAMES, "find"})


def _choose(label: str, options: list[str], key: str, help: str, index: int = 0) -> str:
    if st.session_state.get(key) not in options:  # chosen for another data set
        st.session_state.pop(key, None)
    return st.selectbox(label, options, index=index, key=key, help=help, bind="query-params", filter_mode=None)


def _asked_splits(splits: tuple[str, ...]) -> list[str]:
    """The test split first: it is what nobody has trained on, and what stays chosen from one data set to the next."""
    return sorted(splits, key=lambda split: (split != "test", "test" not in split, split == "train", splits.index(split)))


def _expected(key: str, options: list[str], index: int = 0) -> str:
    """What the widget is about to give: its help is written before it is drawn."""
    known = st.session_state.get(key, st.query_params.get(key))
    return known if known in options else options[index]

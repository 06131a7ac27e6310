"""The workspace bar on top of every page: data set, split, model A, model B. The link restores it."""

from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from app.asking import catalogue
from app.frame import explain

NOTHING = "No second model"
# Four menus in a row where there is room, two on a phone; titles of models are longer than those of data sets.
STYLE = """<style>
.st-key-workspace > [data-testid=stElementContainer] { width: calc(50% - 0.5rem); flex: none; }
@media (min-width: 700px) {
    .st-key-workspace > [data-testid=stElementContainer] { width: 11rem; }
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


def bar(about: str = "", shown: bool = True) -> None:
    """Draw the bar and remember the choice in the session (``current``). ``about``: only data sets of this subject are offered,
    and what was chosen before is chosen again on the next page that takes any. Not ``shown``, it keeps the choice for the other pages."""
    st.session_state.workspace = None
    st.session_state.update(st.session_state.pop("asked", {}))
    ready = catalogue.data_sets()
    names = {title: name for title, name in catalogue.short_titles(ready).items() if about in ("", catalogue.subject(name))}
    if not names:
        return
    _remember(list(names), about)
    st.html(STYLE if shown else HIDDEN)
    with st.container(horizontal=True, gap="small", key="workspace"):
        data = names[_choose("Data set", list(names), "data", explain.data_set(ready[names[_expected("data", list(names))]]))]
        splits = _asked_splits(ready[data].splits)
        split = _choose("Split", splits, "split", explain.SPLIT)
        entries = catalogue.models(data)
        titles = catalogue.model_titles(data)
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


def first() -> Workspace:
    """What the bar shows to somebody who has chosen nothing."""
    ready = catalogue.data_sets()
    data = next(iter(ready))
    a, b = list(catalogue.models(data).values())[:2]
    return Workspace(data, first_split(data), a, b)


def first_split(data: str) -> str:
    """The split of a data set that is asked unless another is chosen."""
    return _asked_splits(catalogue.data_sets()[data].splits)[0]


def link(data: str, split: str, a: catalogue.Entry, b: catalogue.Entry | None) -> dict[str, str]:
    """The link's parameters that choose these in the bar."""
    sets = {name: title for title, name in catalogue.short_titles(catalogue.data_sets()).items()}
    titles = {name: title for title, name in catalogue.model_titles(data).items()}
    return {"data": sets[data], "split": split, "a": titles[a.path.name], "b": titles[b.path.name] if b else NOTHING}


def ask(script: str, data: str, split: str, a: catalogue.Entry, b: catalogue.Entry | None) -> NoReturn:
    """Go to another page with these in the bar, whatever somebody has chosen there before.

    The bar takes them up when it is drawn for that page: what is put into its widgets now, a panel that runs by itself would overwrite with what
    the browser still shows.
    """
    st.session_state.asked = link(data, split, a, b)
    st.switch_page(script, query_params={})  # the bar's own parameters follow by themselves


def _remember(offered: list[str], about: str) -> None:
    """Before the menu of data sets is drawn: keep what this page does not offer for the pages that do."""
    chosen = st.session_state.get("data")
    if about and chosen not in (None, *offered):
        st.session_state.elsewhere = {key: st.session_state.get(key) for key in ("data", "split", "a", "b")}
    elif not about and (before := st.session_state.pop("elsewhere", None)) and before["data"] in offered:
        st.session_state.update({key: value for key, value in before.items() if value is not None})


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

"""Look for an object: one picture, a row of maps for each prompt, a column for each model."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from app.asking import catalogue, galleries, kept, saliency
from app.components.map_grid import Cell, Row, map_grid
from app.frame import query
from app.frame.words import asking
from app.look import ask, choice, wording
from app.look.choosing import choose_picture
from app.look.options import Options, downloads, options
from app.look.slowly import slowly
from app.look.stage import Stage

Column = tuple[saliency.Eye, str]  # a model and what is shown of it


def object_of_interest(stage: Stage) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="look-bar"):
        st.text_input("Ask for something", key="new_prompt", on_change=_typed, max_chars=query.LONGEST, placeholder="Type what to look for, in any words", width=360)
        how = options(stage.space, two=False)
    first = _fill(stage, how)
    prompts = stage.seen.prompts or ()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(galleries.thumbnail(stage.encoded("picture")), width=104, alt=stage.told("picture"))
        with st.container(gap="xxsmall"):
            st.caption(wording.sentence(stage.told("picture")) + first)
            with st.container(horizontal=True, gap="small"):
                for text in wording.suggestions(stage.pairs, stage.row_of("picture"), prompts):
                    st.button(text, key=f"look-{text}", on_click=choice.add, args=(text,), type="tertiary", icon=":material/north_east:")
    if not how.seers:
        st.info("Neither model of the bar above reads pictures and sentences. Choose one that does, there or under *Also ask*.", icon=":material/visibility_off:")
    elif not prompts:
        st.info("Type what to look for: the model's map of it appears here, one row for each thing you ask.", icon=":material/visibility:")
    else:
        columns = [(seer, part) for seer in how.seers for part in how.shown]
        with st.skeleton(height=420 * len(prompts)):
            rows = _rows(stage, columns, how, keep=bool(first))
        map_grid(rows, "Maps of each prompt for each model", "look-maps", on_remove=choice.remove)
        with st.container(horizontal=True, vertical_alignment="center"):
            downloads(rows, lambda: _arrays(stage, columns, how))
            _to_ground(stage, prompts)
    choose_picture(stage, two=False)


def _to_ground(stage: Stage, prompts: Sequence[str]) -> None:
    """The same picture and words on the page of regions."""
    if st.button("Find its region", icon=":material/crop_free:", type="tertiary", help="The box in the picture that each of these names, on the page Ground"):
        shown = stage.seen.picture
        asked = query.Query("picture", picture=shown) if isinstance(shown, bytes) else query.Query("item", view="x", id=str(shown))
        query.ask(asked)
        st.switch_page("ground/page.py", query_params=query.link(asked) | query.things(prompts))


def _typed() -> None:
    choice.add(st.session_state.new_prompt)
    st.session_state.new_prompt = ""


def _fill(stage: Stage, how: Options) -> str:
    """Choose the picture and the prompts that nobody chose: the question's, or those on which the maps are clearest. Says which."""
    asked = st.session_state.get("query")
    said = ""
    if stage.seen.picture is None:
        clearest = saliency.clearest(how.seers[0], stage.space.data, stage.space.split) if how.seers else None
        if asked and asked.kind == "item" and asked.view == "x" and asked.id in galleries.row_of_id(stage.space.data, stage.space.split, "x"):
            stage.change(picture=asked.id)
        else:
            row = clearest.row if clearest else saliency.telling_rows(stage.space.data, stage.space.split)[0]
            stage.change(picture=stage.pairs.x.ids[row])
            said = f" The clearest of {clearest.tried} pictures tried, by how much of each map lies on its object." if clearest else ""
        if clearest and said and stage.seen.prompts is None and not (asked and asked.kind == "text"):
            stage.change(prompts=choice.cleaned(tuple(map(asking, list(clearest.judged)[:2]))))
    if stage.seen.prompts is None:
        here = saliency.labels(stage.objects("picture"))
        own = (asked.text,) if asked and asked.kind == "text" else ()
        stage.change(prompts=choice.cleaned((*own, *map(asking, here[:2]))) or ("a person",))
    return said


def _rows(stage: Stage, columns: list[Column], how: Options, keep: bool) -> Sequence[Row]:
    """The maps of each prompt, with what is said of them. ``keep``: for the next server, which then shows its first visitor what takes
    several seconds to import and compute."""
    prompts = stage.seen.prompts or ()

    def look() -> ask.Rows:
        answers = _found(stage, columns, how)
        return ask.Rows(rows=[_row(stage, prompt, columns, answers, how) for prompt in prompts])

    if how.way.method in saliency.SLOW:  # the worker has these, or says how far it is
        return look().rows
    eyes = [(seer.weights, seer.title, seer.letter, seer.control, part) for seer, part in columns]
    identity = f"{eyes} {prompts} {how.way} {how.ink} {how.same} {how.outline} {stage.space.data} {stage.space.split} {stage.identity('picture')}"
    found = kept.model(ask.Rows, stage.space.data, kept.SIGHTS, identity, look, keep)
    assert found is not None
    return found.rows


def _arrays(stage: Stage, columns: list[Column], how: Options) -> dict[str, np.ndarray]:
    """The maps as numbers."""
    answers = _found(stage, columns, how)
    return {f"{seer.title}/{part}/{prompt}": a.saliency for ((seer, part), prompt), a in answers.items() if not isinstance(a, str)}


def _found(stage: Stage, columns: list[Column], how: Options) -> dict[tuple[Column, str], saliency.Explained | str]:
    """What each column shows for each prompt, or why not."""
    prompts = stage.seen.prompts or ()
    picture = stage.encoded("picture")
    answers: dict[tuple[Column, str], saliency.Explained | str] = {}
    if how.way.method in saliency.SLOW:
        names = {column: f"look {column} {how.way} {stage.identity('picture')} {prompts}" for column in columns}
        made = slowly({name: (ask.explain_slowly, seer, picture, prompts, how.way, part) for (seer, part), name in names.items()})
        for column, name in names.items():
            answers |= {(column, prompt): made[name] if isinstance(made[name], str) else made[name][place] for place, prompt in enumerate(prompts)}
        return answers
    for seer, part in columns:
        together = [prompts] if part == saliency.DIFFERENCE else [(prompt,) for prompt in prompts]
        for asked in together:
            try:
                seen_here: Sequence[saliency.Explained | str] = (
                    saliency.compared(seer, picture, asked, how.way)
                    if part == saliency.DIFFERENCE
                    else [saliency.explained(seer, picture, asked[0], how.way, part)]
                )
            except catalogue.TwoviewError as problem:
                seen_here = [str(problem)] * len(asked)
            answers |= {((seer, part), prompt): answer for prompt, answer in zip(asked, seen_here, strict=True)}
    return answers


def _row(stage: Stage, prompt: str, columns: list[Column], answers: dict, how: Options) -> Row:
    known = stage.objects("picture")
    named = saliency.named(prompt, known)
    several = len({part for _, part in columns}) > 1
    cells = []
    for column in columns:
        seer, part = column
        title = f"{seer.title}: {part.lower()}" if several else seer.title
        answer = answers[column, prompt]
        if isinstance(answer, str):
            cells.append(Cell(title, letter=seer.letter, problem=answer))
            continue
        highest = max(float(a.saliency.max()) for (other, _), a in answers.items() if other == column and not isinstance(a, str))
        strength = wording.Strength(float(answer.saliency.max()), highest, f"{part.lower()} map of this model here", len(stage.seen.prompts or ()) > 1)
        objects = [item for item in known if item not in named] if part == saliency.INDIVIDUAL and named else named
        mask = stage.mask(seer, "picture", objects, len(answer.saliency))
        facts = wording.facts(answer.saliency, answer.score, mask, objects, "rest of what is known" if part == saliency.INDIVIDUAL else None, strength)
        words = [] if part == saliency.INDIVIDUAL else [(w.word, w.value) for w in answer.words]
        if strength.empty:
            cells.append(Cell(title, letter=seer.letter, problem=wording.empty(strength), facts=facts[-1:], words=words))
            continue
        others = stage.seen.prompts if part == saliency.DIFFERENCE else ()
        picture = saliency.drawn(
            seer, stage.encoded("picture"), answer.saliency, (prompt, part, others, how.way, *stage.identity("picture"), how.outline), how.scale(highest), mask if how.outline else None,
        )  # fmt: skip
        alt = f"{stage.told('picture')}. Map of {wording.SHOWS[part]} “{prompt}” for {seer.title}. {facts[0]}"
        cells.append(Cell(title, picture, alt, seer.letter, facts, words))
    return Row(f"“{prompt}”", cells, "" if named or stage.row_of("picture") is None else wording.not_here(prompt, stage.pairs, stage.row_of("picture")), prompt)

"""What a model sees: prompts light up their objects in a picture; two pictures show what they share and what each has alone."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from app import lab, look, look_words, query, results, sight, workspace
from app.background import worker
from app.components.cards import cards
from app.components.map_grid import Cell, Row, map_grid

LARGEST = 20  # MB of a picture of one's own
TO_PICK = 12
NOTHING = "None"
INPUTS = {"As trained": None, "448 pixels": 448}

space = workspace.current()
try:
    pairs = lab.gallery(space.data, space.split)
except lab.TwoviewError as problem:
    st.warning(results.told(problem), icon=":material/folder_off:")
    st.stop()
if pairs.x.kind != "image":
    st.info("This data set has no pictures to look at. Choose one with pictures above, for instance the drawn scenes.", icon=":material/image_not_supported:")
    st.stop()
seen = sight.current()
slots = ["picture", "second"]


# --- which pictures -----------------------------------------------------------------------------------------------------
def row_of(slot: str) -> int | None:
    """The row of a slot's picture in the gallery; None for a person's own."""
    shown = getattr(seen, slot)
    return None if isinstance(shown, bytes) else lab.row_of_id(space.data, space.split, "x")[shown]


def encoded(slot: str) -> bytes:
    shown, row = getattr(seen, slot), row_of(slot)
    return shown if row is None else look.original(space.data, space.split, row)


def told(slot: str) -> str:
    row = row_of(slot)
    return "your picture" if row is None else results.describe(space.data, space.split, "x", row)


def identity(slot: str) -> tuple[str, str]:
    return slot, hashlib.sha256(encoded(slot)).hexdigest()


def pick(card_id: str) -> None:
    sight.change(**{st.session_state.get("slot", "picture"): card_id.partition(":")[2]})
    st.session_state.pop("look_problem", None)


def uploaded() -> None:
    file = st.session_state[f"look-upload-{st.session_state.look_uploads}"]
    st.session_state.pop("look_problem", None)
    if file is None:
        return
    try:
        sight.change(**{st.session_state.get("slot", "picture"): lab.thumbnail(file.getvalue())})
    except lab.TwoviewError as problem:
        st.session_state.look_problem = str(problem)
    st.session_state.look_uploads += 1  # an empty uploader for the next picture


def choose_picture(two: bool) -> None:
    """Other pictures: from the gallery, or a person's own."""
    st.session_state.setdefault("look_uploads", 0)
    st.session_state.setdefault("slot", "picture")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if two:
            st.segmented_control("Put another picture", slots, required=True, key="slot", format_func=lambda slot: "left" if slot == "picture" else "right")
        st.button("Show others", icon=":material/shuffle:", on_click=lambda: st.session_state.update(look_turn=st.session_state.get("look_turn", 0) + 1))
    rows = look.telling_rows(space.data, space.split)
    start = st.session_state.get("look_turn", 0) * TO_PICK % len(rows)
    column, pictures = results.gallery_column(space.data, space.split, "x", np.roll(rows, -start)[:TO_PICK].tolist())
    cards([column], pictures, "Other pictures of the gallery", key="look-gallery", on_pick=pick)
    st.file_uploader(
        "or a picture of your own", type=["jpg", "jpeg", "png", "webp"], key=f"look-upload-{st.session_state.look_uploads}",
        on_change=uploaded, max_upload_size=LARGEST,
    )  # fmt: skip
    if "look_problem" in st.session_state:
        st.warning(f"{results.told(st.session_state.look_problem)} What you look at is unchanged.", icon=":material/broken_image:")


def first_sight() -> None:
    """Choose what is not chosen, or was chosen in another gallery."""
    global seen
    known = lab.row_of_id(space.data, space.split, "x")
    asked = st.session_state.get("query")
    telling = look.telling_rows(space.data, space.split)
    for slot, row in zip(slots, telling, strict=False):
        shown = getattr(seen, slot)
        if isinstance(shown, bytes) or shown in known:
            continue
        if shown is not None:
            st.caption(f"The picture “{results.escaped(shown[:80])}” is not in this gallery; here is another.")
        if slot == "picture" and asked and asked.kind == "item" and asked.view == "x" and asked.id in known:
            sight.change(picture=asked.id)
        else:
            sight.change(**{slot: pairs.x.ids[row]})
        seen = sight.current()
    if seen.prompts is None:
        here = look.labels(look.objects(pairs, row_of("picture")))
        own = (asked.text,) if asked and asked.kind == "text" else ()
        sight.change(prompts=sight.cleaned((*own, *map(look_words.asking, here[:2]))) or ("a person",))
        seen = sight.current()


# --- with which models, how -----------------------------------------------------------------------------------------
def eyes(two: bool) -> list[look.Eye]:
    """The workspace's models that can be asked so, one from elsewhere, and the control."""
    fits = look.reads_pairs if two else look.reads_prompts
    chosen = [look.eye(entry, letter) for letter, entry in space.models.items() if fits(entry)]
    paths = {seer.path for seer in chosen}
    elsewhere = {entry.card.title: entry for entry in lab.usable() if fits(entry) and str(entry.path) not in paths}
    made_to_look = [title for title, entry in elsewhere.items() if entry.card.model.name == "muc2m"]
    preferred = min(made_to_look, key=lambda title: not elsewhere[title].card.data.name.endswith("-objects"), default=NOTHING)
    also = st.selectbox("Also ask", [NOTHING, *elsewhere], index=[NOTHING, *elsewhere].index(preferred), key="also", bind="query-params", width=260, help="A model trained on other data, beside those of the bar above.")
    if also != NOTHING:
        chosen.append(look.eye(elsewhere[also]))
    return chosen


def controls() -> tuple[look.Way, look.Ink, bool, bool, bool]:
    """Score and method, opacity and colours; one scale for all, outline, random weights."""
    with st.popover("Drawing", icon=":material/tune:"):
        score = st.segmented_control("Score", list(look.SCORES), default="Eq. 4", required=True, key="score", bind="query-params", help=look_words.SCORES)
        method = st.selectbox("Method", list(look.METHODS), key="method", bind="query-params", help=look_words.METHODS)
        size = st.segmented_control("Input", list(INPUTS), default="As trained", required=True, key="input", bind="query-params", help="A larger input gives finer maps, but shows the network larger objects than it knows.")
        opacity = st.slider("Opacity of the map", 0, 100, 60, 5, format="%d %%", key="opacity", bind="query-params")
        colours = st.segmented_control("Colours", list(look.COLOURS), default=look.COLOURS[0], required=True, key="colours", bind="query-params")
        outline = st.toggle("Outline known objects", True, key="outline", bind="query-params")
    same = st.toggle("One scale", True, key="scale", bind="query-params", help=look_words.SCALE)
    control = st.toggle("Random weights", False, key="control", bind="query-params", help=look_words.CONTROL)
    return look.Way(look.SCORES[score], look.METHODS[method], INPUTS[size]), look.Ink(opacity / 100, colours), same, outline, control


def parts(two: bool) -> list[str]:
    """What is shown of each model."""
    offered, first, words = (look.PAIR_PARTS, look.PAIR_PARTS, look_words.PAIR_PARTS) if two else (look.PARTS, (look.COMMON,), look_words.PARTS)
    chosen = st.segmented_control(
        "Show", offered, selection_mode="multi", default=first, key="pair-parts" if two else "parts", bind="query-params", help=words,
    )
    return [part for part in offered if part in chosen] or [look.COMMON]


def with_control(seers: list[look.Eye], control: bool) -> list[look.Eye]:
    return [*seers, look.shuffled(seers[-1])] if control and seers else seers


def mask(seer: look.Eye, slot: str, wanted: list, size: int, side: int = 0) -> np.ndarray | None:
    names = tuple(sorted({item.label for item in wanted}))
    return look.mask_of(seer, encoded(slot), wanted, (*identity(slot), names), size, side)


def downloads(rows: list[Row], arrays: dict[str, np.ndarray]) -> None:
    made = [[cell.picture for cell in row.cells if cell.picture] for row in rows]
    if any(made):
        with st.container(horizontal=True):
            st.download_button("Maps as PNG", lambda: look.png([row for row in made if row]), "twoview-maps.png", "image/png", icon=":material/download:", on_click="ignore")
            st.download_button("Maps as numbers (.npz)", lambda: look.archive(arrays), "twoview-maps.npz", "application/octet-stream", icon=":material/download:", on_click="ignore")


# --- an object of interest ------------------------------------------------------------------------------------------
def typed() -> None:
    sight.add(st.session_state.new_prompt)
    st.session_state.new_prompt = ""


@st.fragment(run_every=1.0)
def waiting(jobs: list[str]) -> None:
    """While the worker computes: how far it is, and cancel."""
    times = {job: seconds for job in jobs if (seconds := worker().seconds(job)) is not None}
    if not times:
        st.rerun()
    told = next((note for job in times if (note := worker().note(job).read())), None)
    with st.container(horizontal=True, vertical_alignment="center"):
        share, far = (told[0] / told[1], f": {told[0]} of {told[1]} {told[2]}") if told else (0.0, "")
        place = f"map {len(jobs) - len(times) + 1} of {len(jobs)}" if len(jobs) > 1 else "map"
        st.progress(share, f"Running the whole network for {place}{far}, {max(times.values()):.0f} s.")
        if st.button("Cancel", icon=":material/close:"):
            for job in jobs:
                worker().cancel(job)
            st.session_state.look_cancelled = jobs
            st.rerun()


def slowly(jobs: dict[str, tuple]) -> dict[str, Any]:
    """What the worker made of jobs (name -> function and its arguments), or a sentence for each that it has not (yet)."""
    names = list(jobs)
    if st.session_state.get("look_cancelled") == names:
        if st.button("Compute these maps", icon=":material/play_arrow:"):
            st.session_state.pop("look_cancelled")
            for name in names:
                worker().forget(name)
            st.rerun()
        return dict.fromkeys(names, "Cancelled.")
    for name, (work, *arguments) in jobs.items():
        worker().start(name, work, *arguments, worker().note(name))
    if any(worker().seconds(name) is not None for name in names):
        waiting(names)
    return {name: worker().result(name) or worker().problem(name) or "Being computed." for name in names}


Column = tuple[look.Eye, str]  # a model and what is shown of it


def found(columns: list[Column], way: look.Way) -> dict[tuple[Column, str], look.Explained | str]:
    """What each column shows for each prompt, or why not."""
    prompts = seen.prompts or ()
    answers: dict[tuple[Column, str], look.Explained | str] = {}
    if way.method in look.SLOW:
        names = {column: f"look {column} {way} {identity('picture')} {prompts}" for column in columns}
        made = slowly({name: (look.explain_slowly, seer, encoded("picture"), prompts, way, part) for (seer, part), name in names.items()})
        for column, name in names.items():
            answers |= {(column, prompt): made[name] if isinstance(made[name], str) else made[name][place] for place, prompt in enumerate(prompts)}
        return answers
    for seer, part in columns:
        together = [prompts] if part == look.DIFFERENCE else [(prompt,) for prompt in prompts]
        for asked in together:
            try:
                seen_here: Sequence[look.Explained | str] = (
                    look.compared(seer, encoded("picture"), asked, way)
                    if part == look.DIFFERENCE
                    else [look.explained(seer, encoded("picture"), asked[0], way, part)]
                )
            except lab.TwoviewError as problem:
                seen_here = [str(problem)] * len(asked)
            answers |= {((seer, part), prompt): answer for prompt, answer in zip(asked, seen_here, strict=True)}
    return answers


def prompt_row(prompt: str, columns: list[Column], answers: dict, way: look.Way, ink: look.Ink, same: bool, outline: bool) -> Row:
    known = look.objects(pairs, row_of("picture"))
    named = look.named(prompt, known)
    several = len({part for _, part in columns}) > 1
    cells = []
    for column in columns:
        seer, part = column
        answer = answers[column, prompt]
        title = f"{seer.title}: {part.lower()}" if several else seer.title
        if isinstance(answer, str):
            cells.append(Cell(title, letter=seer.letter, problem=answer))
            continue
        others = [a for (other, _), a in answers.items() if other == column and not isinstance(a, str)]
        scale = look.Ink(ink.opacity, ink.colours, max(float(a.saliency.max()) for a in others) if same else None)
        objects = [item for item in known if item not in named] if part == look.INDIVIDUAL and named else named
        drawn_mask = mask(seer, "picture", objects, len(answer.saliency))
        picture = look.drawn(seer, encoded("picture"), answer.saliency, (prompt, part, seen.prompts if part == look.DIFFERENCE else (), way, *identity("picture"), outline), scale, drawn_mask if outline else None)
        facts = look_words.facts(answer.saliency, answer.score, drawn_mask, objects, "rest of what is known" if part == look.INDIVIDUAL else None)
        alt = f"{told('picture')}. Map of {look_words.SHOWS[part]} “{prompt}” for {seer.title}. {facts[0]}"
        words = [] if part == look.INDIVIDUAL else [(w.word, w.value) for w in answer.words]
        cells.append(Cell(title, picture, alt, seer.letter, facts, words))
    return Row(f"“{prompt}”", cells, "" if named or row_of("picture") is None else look_words.not_here(prompt, pairs, row_of("picture")), prompt)


def object_of_interest() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="look-bar"):
        st.text_input("Ask for something", key="new_prompt", on_change=typed, max_chars=query.LONGEST, placeholder="Type what to look for, in any words", width=360)
        chosen = eyes(two=False)
        shown = parts(two=False)
        way, ink, same, outline, control = controls()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(lab.thumbnail(encoded("picture")), width=104, alt=told("picture"))
        with st.container(gap="xxsmall"):
            st.caption(told("picture"))
            with st.container(horizontal=True, gap="small"):
                for text in look_words.suggestions(pairs, row_of("picture"), seen.prompts or ()):
                    st.button(text, key=f"look-{text}", on_click=sight.add, args=(text,), type="tertiary", icon=":material/north_east:")
    if not chosen:
        st.info("Neither model of the bar above pairs pictures with sentences. Choose one that does, there or under *Also ask*.", icon=":material/visibility_off:")
    elif not seen.prompts:
        st.info("Type what to look for: the model's map of it appears here, one row for each thing you ask.", icon=":material/visibility:")
    else:
        columns = [(seer, part) for seer in with_control(chosen, control) for part in shown]
        with st.skeleton(height=420 * len(seen.prompts)):
            answers = found(columns, way)
            rows = [prompt_row(prompt, columns, answers, way, ink, same, outline) for prompt in seen.prompts]
        map_grid(rows, "Maps of each prompt for each model", "look-maps", on_remove=lambda id: sight.remove(id))
        downloads(rows, {f"{seer.title}/{part}/{prompt}": a.saliency for ((seer, part), prompt), a in answers.items() if not isinstance(a, str)})
    st.subheader("Look at another picture", anchor=False)
    choose_picture(two=False)


# --- a pair -----------------------------------------------------------------------------------------------------------
def suggest(pair: look.SuggestedPair) -> None:
    sight.change(picture=pairs.x.ids[pair.rows[0]], second=pairs.x.ids[pair.rows[1]])


def pair_row(seer: look.Eye, shown: list[str], way: look.Way, ink: look.Ink, same: bool, outline: bool) -> tuple[Row, dict[str, np.ndarray]]:
    """A model's maps: those parts that are shown and that it has, in both pictures."""
    usual = None
    if way.method in look.SLOW:
        name = f"look {seer} {way} {identity('picture')} {identity('second')}"
        pair = slowly({name: (look.explain_pair_slowly, seer, encoded("picture"), encoded("second"), way)})[name]
    else:
        try:
            pair = look.explained_pair(seer, encoded("picture"), encoded("second"), way)
            usual = look.usual(seer, space.data, space.split, way)
        except lab.TwoviewError as problem:
            pair = str(problem)
    if isinstance(pair, str):
        return Row(seer.title, [Cell(seer.title, letter=seer.letter, problem=pair)]), {}
    objects = [look.objects(pairs, row_of(slot)) for slot in slots]
    shared = set(look.labels(objects[0])) & set(look.labels(objects[1]))
    cells: list[Cell] = []
    arrays: dict[str, np.ndarray] = {}
    judged = []
    for what in [part.lower() for part in shown if part.lower() in pair.maps]:
        maps = pair.maps[what]
        highest = max(float(m.max()) for m in maps)
        if same and usual:
            highest = max(highest, usual.highest[what])
        for side, slot in enumerate(slots):
            wanted = [item for item in objects[side] if (item.label in shared) == (what == "common")]
            drawn_mask = mask(seer, slot, wanted, len(maps[side]), side)
            scale = look.Ink(ink.opacity, ink.colours, highest if same else None)
            picture = look.drawn(seer, encoded(slot), maps[side], (what, side, way, *identity("picture"), *identity("second"), outline), scale, drawn_mask if outline else None, side)
            facts = look_words.facts(maps[side], None, drawn_mask, wanted)
            title = f"{what.capitalize()}, {('left', 'right')[side]}"
            cells.append(Cell(title, picture, f"{told(slot)}. {title}: {seer.title}. {facts[0] if facts else ''}", seer.letter, facts))
            arrays[f"{seer.title}/{what}/{('left', 'right')[side]}"] = maps[side]
            if what == "common" and drawn_mask is not None:
                judged.append(look.judge(maps[side], drawn_mask))
    return Row(seer.title, cells, look_words.verdict(pair.scores, way.score_of(seer), usual, sorted(shared), judged, known=all(objects))), arrays


def why_row(seer: look.Eye, sentence: str, way: look.Way, ink: look.Ink, outline: bool) -> tuple[Row, dict[str, np.ndarray]]:
    """Which of two pictures fits a sentence better by a model, where each earns its score, and the words that decide."""
    try:
        both = look.why(seer, sentence, encoded("picture"), encoded("second"), way)
    except lab.TwoviewError as problem:
        return Row(f"“{sentence}”", [Cell(seer.title, letter=seer.letter, problem=str(problem))]), {}
    highest = max(float(each.saliency.max()) for each in both)
    cells, arrays = [], {}
    for slot, side, each in zip(slots, ("left", "right"), both, strict=True):
        objects = look.named(sentence, look.objects(pairs, row_of(slot)))
        drawn_mask = mask(seer, slot, objects, len(each.saliency))
        scale = look.Ink(ink.opacity, ink.colours, highest)
        picture = look.drawn(seer, encoded(slot), each.saliency, ("why", sentence, way, *identity(slot), outline), scale, drawn_mask if outline else None)
        facts = look_words.facts(each.saliency, each.score, drawn_mask, objects)
        words = [(w.word, w.value) for w in each.words] if side == "left" else []
        cells.append(Cell(f"{seer.title}, {side}", picture, f"{told(slot)}. Map of what fits “{sentence}” for {seer.title}. {facts[0]}", seer.letter, facts, words))
        arrays[f"{seer.title}/{sentence}/{side}"] = each.saliency
    return Row(f"“{sentence}”", cells, look_words.better(both[0].score, both[1].score, sentence)), arrays


def pair_of_pictures() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="look-bar"):
        asked = query.text(st.text_input("Which one fits better?", key="sentence", bind="query-params", max_chars=query.LONGEST, placeholder="A sentence, for the models of sentences", width=300, help=look_words.WHY))
        chosen = eyes(two=True)
        shown = parts(two=True)
        way, ink, same, outline, control = controls()
    suggested = look.suggested_pairs(space.data, space.split)
    if suggested:
        with st.container(horizontal=True, gap="small"):
            without = [pair for pair in suggested if not pair.shared][:2]  # they read alike, so few of them
            for place, pair in enumerate([*(pair for pair in suggested if pair.shared), *without]):
                label = f"both: {', '.join(pair.shared)}" if pair.shared else f"nothing in common ({without.index(pair) + 1})"
                st.button(label, key=f"pair-{place}", on_click=suggest, args=(pair,), type="tertiary", icon=":material/join_inner:" if pair.shared else ":material/join_left:")
    if not chosen:
        st.info(
            "What two pictures share is seen by a model of pairs of pictures, and neither model of the bar above is one. Choose one "
            "under *Also ask*, or train one: `python -m engine train scenes-pairs/muc2m`.", icon=":material/visibility_off:",
        )  # fmt: skip
    rows: list[Row] = []
    arrays: dict[str, np.ndarray] = {}
    with st.skeleton(height=460 * max(1, len(chosen))):
        if asked and way.method in look.SLOW:
            st.info("Why a picture fits better is shown by the fast methods only.", icon=":material/hourglass_disabled:")
        elif asked:
            for letter, entry in space.models.items():
                if look.reads_prompts(entry):
                    row, maps = why_row(look.eye(entry, letter), asked.text, way, ink, outline)
                    rows.append(row)
                    arrays |= maps
        for seer in with_control(chosen, control):
            row, maps = pair_row(seer, shown, way, ink, same, outline)
            rows.append(row)
            arrays |= maps
    if rows:
        map_grid(rows, "What both pictures have in common, and what each has alone", "look-pair")
        downloads(rows, arrays)
    st.subheader("Look at other pictures", anchor=False)
    choose_picture(two=True)


first_sight()
mode = st.segmented_control("What to look for", ["An object", "Two pictures"], default="An object", required=True, key="look", bind="query-params", label_visibility="collapsed")
if mode == "An object":
    object_of_interest()
else:
    pair_of_pictures()
with st.popover("How to read this", icon=":material/help:", type="tertiary"):
    st.markdown(look_words.HELP)

"""Two pictures: what they have in common, what each has alone, what tells them apart, and which of them fits a sentence better."""

import numpy as np
import streamlit as st

from app.asking import catalogue, saliency
from app.components.map_grid import Cell, Row, map_grid
from app.frame import query
from app.look import ask, choice, wording
from app.look.choosing import choose_picture
from app.look.options import Options, downloads, options
from app.look.slowly import slowly
from app.look.stage import SIDES, SLOTS, Stage

MOST_OFFERED = 6  # pairs that share something


def pair_of_pictures(stage: Stage) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="look-bar"):
        asked = query.text(st.text_input("Which one fits better?", key="sentence", bind="query-params", max_chars=query.LONGEST, placeholder="A sentence, for the models of sentences", width=300, help=wording.WHY))
        how = options(stage.space, two=True)
    tried = ask.tried_pairs(how.seers[-1], stage.space.data, stage.space.split) if how.seers else None
    _fill(stage, tried)
    _offered(stage, tried)
    if not how.seers:
        st.info(
            "What two pictures share is seen by a model of pairs of pictures, and neither model of the bar above is one. Choose one "
            "under *Also ask*, or train one: `python -m engine train scenes-pairs/muc2m`.", icon=":material/visibility_off:",
        )  # fmt: skip
    rows: list[Row] = []
    arrays: dict[str, np.ndarray] = {}
    with st.skeleton(height=460 * max(1, len(how.seers))):
        if asked and how.way.method in saliency.SLOW:
            st.info("Why a picture fits better is shown by the fast methods only.", icon=":material/hourglass_disabled:")
        elif asked:
            for letter, entry in stage.space.models.items():
                if saliency.reads_prompts(entry):
                    rows.append(_why_row(stage, saliency.eye(entry, letter), asked.text, how, arrays))
        rows += [_row(stage, seer, how, arrays) for seer in how.seers]
    if rows:
        map_grid(rows, "What both pictures have in common, and what each has alone", "look-pair")
        downloads(rows, lambda: arrays)
    choose_picture(stage, two=True)


def _fill(stage: Stage, tried: ask.Tried | None) -> None:
    """Put pictures where nobody chose any: the pair whose maps are clearest, or a second one that shares a thing with the first."""
    best = tried.pairs[0].rows if tried and tried.pairs else tuple(saliency.telling_rows(stage.space.data, stage.space.split)[:2])
    ids = stage.pairs.x.ids
    if stage.seen.second is None and (stage.seen.picture is None or not stage.seen.picked):
        stage.change(picture=ids[best[0]], second=ids[best[-1]])
    elif stage.seen.second is None:
        stage.change(second=ids[ask.partner(stage.space.data, stage.space.split, stage.row_of("picture"))])
    elif stage.seen.picture is None:
        stage.change(picture=ids[ask.partner(stage.space.data, stage.space.split, stage.row_of("second"))])


def _offered(stage: Stage, tried: ask.Tried | None) -> None:
    """Pairs to begin with, those with the clearest maps first."""
    if not tried or not tried.pairs:
        return
    sharing = [pair for pair in tried.pairs if pair.shared]
    without = [pair for pair in tried.pairs if not pair.shared][:2]  # they read alike, so few of them
    with st.container(horizontal=True, gap="small"):
        for place, pair in enumerate([*sharing[:MOST_OFFERED], *without]):
            label = f"both: {', '.join(pair.shared)}" if pair.shared else f"nothing in common ({without.index(pair) + 1})"
            st.button(
                label, key=f"pair-{place}", on_click=_suggest, args=(stage, pair), type="tertiary", help=wording.clearness(pair),
                icon=":material/join_inner:" if pair.shared else ":material/join_left:",
            )  # fmt: skip
    if sharing:
        st.caption(
            f"Of {len(sharing)} pairs tried that share one kind of thing, the clearest stand first: those whose common and apart maps, even the "
            "weakest of them, lie most on the objects they should show. Point at one to read how well it does."
        )


def _suggest(stage: Stage, pair: ask.TriedPair) -> None:
    choice.change(picture=stage.pairs.x.ids[pair.rows[0]], second=stage.pairs.x.ids[pair.rows[1]])


def _row(stage: Stage, seer: saliency.Eye, how: Options, arrays: dict[str, np.ndarray]) -> Row:
    """A model's maps: those parts that are shown and that it has, in both pictures."""
    first, second = stage.encoded("picture"), stage.encoded("second")
    usual = None
    if how.way.method in saliency.SLOW:
        name = f"look {seer} {how.way} {stage.identity('picture')} {stage.identity('second')}"
        pair = slowly({name: (ask.explain_pair_slowly, seer, first, second, how.way)})[name]
    else:
        try:
            pair = saliency.explained_pair(seer, first, second, how.way)
            usual = ask.tried_pairs(seer, stage.space.data, stage.space.split, how.way)
        except catalogue.TwoviewError as problem:
            pair = str(problem)
    if isinstance(pair, str):
        return Row(seer.title, [Cell(seer.title, letter=seer.letter, problem=pair)])
    objects = [stage.objects(slot) for slot in SLOTS]
    shared = set(saliency.labels(objects[0])) & set(saliency.labels(objects[1]))
    cells: list[Cell] = []
    judged = []
    for what in [part.lower() for part in how.shown if part.lower() in pair.maps]:
        highest = max(float(m.max()) for m in pair.maps[what])
        for side, slot in enumerate(SLOTS):
            map = pair.maps[what][side]
            wanted = [item for item in objects[side] if (item.label in shared) == (what == "common")]
            mask = stage.mask(seer, slot, wanted, len(map), side)
            top = max(highest, usual.highest.get(what, 0.0)) if usual else highest
            strength = wording.Strength(float(map.max()), top, f"{what} map of the {len(usual.pairs)} pairs tried" if usual else f"{what} map here")
            facts = wording.facts(map, None, mask, wanted, strength=strength)
            title = f"{what.capitalize()}, {SIDES[side]}"
            arrays[f"{seer.title}/{what}/{SIDES[side]}"] = map
            if strength.empty:
                cells.append(Cell(title, letter=seer.letter, problem=wording.empty(strength)))
                continue
            identity = (what, side, how.way, *stage.identity("picture"), *stage.identity("second"), how.outline)
            picture = saliency.drawn(seer, (first, second)[side], map, identity, how.scale(highest), mask if how.outline else None, side)
            cells.append(Cell(title, picture, f"{stage.told(slot)}. {title}: {seer.title}. {facts[0] if facts else ''}", seer.letter, facts))
            if what == "common" and mask is not None:
                judged.append(saliency.judge(map, mask))
    return Row(seer.title, cells, wording.verdict(pair.scores, how.way.score_of(seer), usual, sorted(shared), judged, known=all(objects)))


def _why_row(stage: Stage, seer: saliency.Eye, sentence: str, how: Options, arrays: dict[str, np.ndarray]) -> Row:
    """Which of two pictures fits a sentence better by a model, where each earns its score, and the words that decide."""
    try:
        both = saliency.why(seer, sentence, stage.encoded("picture"), stage.encoded("second"), how.way)
    except catalogue.TwoviewError as problem:
        return Row(f"“{sentence}”", [Cell(seer.title, letter=seer.letter, problem=str(problem))])
    highest = max(float(each.saliency.max()) for each in both)
    cells = []
    for slot, side, each in zip(SLOTS, SIDES, both, strict=True):
        objects = saliency.named(sentence, stage.objects(slot))
        mask = stage.mask(seer, slot, objects, len(each.saliency))
        ink = saliency.Ink(how.ink.opacity, how.ink.colours, highest)
        picture = saliency.drawn(seer, stage.encoded(slot), each.saliency, ("why", sentence, how.way, *stage.identity(slot), how.outline), ink, mask if how.outline else None)
        facts = wording.facts(each.saliency, each.score, mask, objects)
        words = [(w.word, w.value) for w in each.words] if side == SIDES[0] else []
        cells.append(Cell(f"{seer.title}, {side}", picture, f"{stage.told(slot)}. Map of what fits “{sentence}” for {seer.title}. {facts[0]}", seer.letter, facts, words))
        arrays[f"{seer.title}/{sentence}/{side}"] = each.saliency
    return Row(f"“{sentence}”", cells, wording.better(both[0].score, both[1].score, sentence))

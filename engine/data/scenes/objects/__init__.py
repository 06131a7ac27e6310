"""All kinds of object by name, in a fixed order (the order gives the labels)."""

from engine.data.scenes.objects import (
    buildings,
    farm_animals,
    food,
    household,
    outdoors,
    plants,
    vehicles,
    wild_animals,
)
from engine.data.scenes.objects.kind import Kind, Look

FAMILIES = (farm_animals, wild_animals, vehicles, plants, buildings, food, household, outdoors)
KINDS: dict[str, Kind] = {kind.name: kind for family in FAMILIES for kind in family.KINDS}
NAMES: tuple[str, ...] = tuple(KINDS)

__all__ = ["KINDS", "NAMES", "Kind", "Look"]

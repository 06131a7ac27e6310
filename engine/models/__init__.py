"""All two-view models by name. A new model is a file here and a line in ``_CLASSES``; it is imported when asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.errors import TwoviewError

if TYPE_CHECKING:
    from engine.models.base import TwoViewModel

_CLASSES = {
    "cca": "engine.models.cca:CCA",
    "cca_layer": "engine.models.cca_layer:CCALayer",
    "dcca": "engine.models.cca_layer:DCCA",
    "learned_ranking": "engine.models.cca_layer:LearnedRanking",
    "drsl": "engine.models.drsl:DRSL",
    "two_way": "engine.models.two_way:TwoWay",
    "corrnet": "engine.models.corrnet:CorrNet",
    "soft_cca": "engine.models.soft_cca:SoftCCA",
    "sdcca": "engine.models.sdcca:SDCCA",
    "dccae": "engine.models.dccae:DCCAE",
    "rcca": "engine.models.rcca:RCCA",
    "pls": "engine.models.pls:PLS",
    "muc2m": "engine.models.muc2m:MUC2M",
    "two_branch": "engine.models.two_branch:TwoBranch",
    "similarity_network": "engine.models.similarity_network:SimilarityNetwork",
    "clip_loss": "engine.models.contrastive:CLIPLoss",
    "siglip_loss": "engine.models.contrastive:SigLIPLoss",
    "gma": "engine.models.gma:GMA",
    "acmr": "engine.models.acmr:ACMR",
    "identity": "engine.models.identity:Identity",
    "ensemble": "engine.models.ensemble:Ensemble",
}


class _Models(Mapping[str, "type[TwoViewModel]"]):
    """Model classes by name; knows its names without importing torch."""

    def __getitem__(self, name: str) -> "type[TwoViewModel]":
        module, _, cls = _CLASSES[name].partition(":")
        return getattr(import_module(module), cls)

    def __iter__(self) -> Iterator[str]:
        return iter(_CLASSES)

    def __len__(self) -> int:
        return len(_CLASSES)


MODELS: Mapping[str, "type[TwoViewModel]"] = _Models()


def model_class(name: str) -> "type[TwoViewModel]":
    """The class called ``name``. Raises TwoviewError that lists the names there are."""
    if name not in _CLASSES:
        raise TwoviewError(f"There is no model called {name!r}. Choose one of: {', '.join(MODELS)}.")
    return MODELS[name]


def settings_of(cls: "type[TwoViewModel]", values: Mapping[str, Any]) -> Any:
    """The model's Settings with ``values`` (as JSON gives them) in place. Raises TwoviewError on unknown or ill-typed ones."""
    return replaced(cls.Settings(), values, f"{cls.title}'s settings")


def replaced(defaults: Any, values: Mapping[str, Any], what: str) -> Any:
    """A frozen dataclass with some fields replaced by plain JSON values, lists made tuples and types kept.

    Raises TwoviewError on a name that is no field, or a value of another type than the default's.
    """
    known = {field.name: getattr(defaults, field.name) for field in fields(defaults)}
    clean = {}
    for name, value in values.items():
        if name not in known:
            raise TwoviewError(f"{what} have no {name!r}. There are: {', '.join(known) or 'none'}.")
        default = known[name]
        value = _tuples(value)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if default is not None and value is not None and type(value) is not type(default):
            raise TwoviewError(f"{what}: {name} has to be like {default!r}, but {value!r} came.")
        clean[name] = value
    return type(defaults)(**{**known, **clean})



def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value

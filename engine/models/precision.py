"""Half precision inside networks, and what must not be rounded: their outputs, decompositions and covariances."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

Function = TypeVar("Function", bound=Callable[..., Any])
HALF = (torch.float16, torch.bfloat16)


def full_precision(function: Function) -> Function:
    """``function`` outside autocast, tensors of half precision among its arguments taken as float32."""

    @wraps(function)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        device = next(argument.device for argument in arguments if isinstance(argument, Tensor))
        with torch.autocast(device.type, enabled=False):
            return function(*(lifted(argument) for argument in arguments), **named)

    return wrapped  # type: ignore[return-value]


@contextmanager
def full_precision_outputs(model: nn.Module) -> Iterator[None]:
    """Within it the model's networks give float32 whatever they compute in: a loss of rounded outputs would be rounded, too."""
    hooks = [child.register_forward_hook(lambda module, inputs, output: lifted(output)) for child in model.children()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def lifted(value: Any) -> Any:
    """A tensor of half precision as float32; anything else as it is."""
    return value.float() if isinstance(value, Tensor) and value.dtype in HALF else value

"""Tasks on Ray: on this machine's cores, or on a cluster. What a dead worker was doing is done again by another.

Tasks, not Ray Data: a task reads its pictures where they lie, encodes them with the encoder that its worker keeps, and writes one file, so that no picture goes through
Ray's store, and what is done is known by what lies on disk, whoever died. Ray Data was measured beside it (``python -m benchmarks ray-encoding``, ``docs/scale.md``): as fast, and a
driver that dies costs all that was done.

Ray — A Distributed Framework for Emerging AI Applications (Moritz et al., OSDI 2018); it comes with ``requirements-scale.txt``.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from engine.errors import TwoviewError
from engine.paths import PROJECT

LOCAL = "ray"
IN_FLIGHT = 4  # tasks handed out per core, so that no worker waits and a million tasks need no memory
RETRIES = 3
CARRIED = ("TWOVIEW_DATA", "TWOVIEW_OWN", "TWOVIEW_CACHE", "TWOVIEW_CHECKPOINTS", "TWOVIEW_WEIGHTS", "TWOVIEW_THREADS", "OMP_NUM_THREADS", "HF_HUB_OFFLINE")


class OnRay:
    """``address``: "ray" for this machine, "ray://host:port" for a cluster. ``gpus``: of one task.

    On a cluster the project, the data root and the cache have to be in the same place on every machine, for instance on a shared disk.
    """

    def __init__(self, address: str = LOCAL, workers: int | None = None, gpus: float = 0):
        """Raises TwoviewError when Ray is not installed, the cluster does not answer, or the address is none."""
        if address != LOCAL and not address.startswith("ray://"):
            raise TwoviewError(f"--on takes {LOCAL} for this machine or ray://host:port for a cluster, but {address!r} came.")
        try:
            import ray
        except ModuleNotFoundError:
            raise TwoviewError("Working on Ray needs the package ray, which is not installed. Install it: pip install -r requirements-scale.txt") from None
        self.ray, self.gpus = ray, gpus
        if ray.is_initialized():
            return
        carried = {name: os.environ[name] for name in CARRIED if name in os.environ}
        environment = {"env_vars": carried | {"PYTHONPATH": str(PROJECT)}}
        try:
            if address == LOCAL:
                ray.init(address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR, runtime_env=environment)
            else:
                ray.init(address=address, log_to_driver=False, runtime_env=environment)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise TwoviewError(f"Ray does not answer at {address} ({str(error).splitlines()[0]}). Start a cluster with `ray start --head`, or use --on ray for this machine.") from error

    def __call__(self, tasks: Sequence[Callable[[], Any]]) -> Iterator[Any]:
        """Each task's result, as they come. Raises TwoviewError when a task's worker died again and again."""
        ray = self.ray
        remote = ray.remote(num_cpus=1, num_gpus=self.gpus, max_retries=RETRIES)(_done)
        waiting, running = list(reversed(tasks)), list[Any]()
        most = IN_FLIGHT * max(1, int(ray.cluster_resources().get("CPU", 1)))
        while waiting or running:
            while waiting and len(running) < most:
                running.append(remote.remote(waiting.pop()))
            ready, running = ray.wait(running)
            try:
                yield ray.get(ready[0])
            except ray.exceptions.RayTaskError as error:
                raise error.cause if isinstance(error.cause, TwoviewError) else error from None
            except ray.exceptions.WorkerCrashedError:
                raise TwoviewError("A worker died again and again at one shard. Run the same command once more: what is done is kept; give workers more memory if it comes back.") from None


def _done(task: Callable[[], Any]) -> Any:
    return task()

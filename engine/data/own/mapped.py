"""Files mapped into memory. What was read of one counts as this process's memory until it is given back, though the system may take it at any time."""

import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

READS = 500  # after which memory is given back: each may map the 64 KB around what was asked for, several times


class Mapped:
    """A file of which single values are read here and there for as long as a server lives, and all of which would be held in the end.

    Raises ValueError when it is empty, and OSError when it can't be read.
    """

    def __init__(self, path: Path):
        self._bytes, self._reads = np.memmap(path, np.uint8, mode="r"), 0

    def source(self) -> "pa.NativeFile":
        """To be read by pyarrow without a copy."""
        import pyarrow as pa

        return pa.BufferReader(pa.py_buffer(self._bytes))

    def noted(self, reads: int = 1) -> None:
        """Said after reading."""
        self._reads += reads
        if self._reads >= READS:
            self._reads = 0
            release(self._bytes)


def release(*arrays: Any) -> None:
    """Give back the memory of what was read of arrays that are mapped from files; what is asked for again is read again."""
    for array in arrays:
        while isinstance(array, np.ndarray) and not isinstance(array, np.memmap):
            array = array.base
        if isinstance(array, np.memmap) and hasattr(mmap, "MADV_DONTNEED"):
            array._mmap.madvise(mmap.MADV_DONTNEED)  # type: ignore[attr-defined]

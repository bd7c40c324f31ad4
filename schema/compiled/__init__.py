"""Compiled reads (编译读): each query operation becomes a program of its own, and runs at the speed of its rows."""

from schema.compiled.executing import Answer as Answer
from schema.compiled.executing import Asked as Asked
from schema.compiled.executing import Compiled as Compiled

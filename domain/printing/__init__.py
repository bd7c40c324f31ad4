"""Printing (打印): what was printed, by whom, and the how manieth copy it was. What stands on paper is in `papers`."""

from domain.printing import models as models
from domain.printing.invariants import INVARIANTS as INVARIANTS
from domain.printing.models import Print as Print
from domain.printing.models import PrintId as PrintId
from domain.printing.models import PrintKind as PrintKind
from domain.printing.noting import Printed as Printed
from domain.printing.noting import note_prints as note_prints
from domain.printing.queries import CAME_TO_NOTHING as CAME_TO_NOTHING
from domain.printing.queries import VERSION as VERSION
from domain.printing.queries import PrintFilter as PrintFilter
from domain.printing.queries import outdated as outdated
from domain.printing.queries import printed as printed
from domain.printing.queries import prints as prints
from domain.printing.queries import prints_of as prints_of

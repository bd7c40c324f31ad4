"""Books (财务): what is owed, what was earned."""

from domain.finance import models as models

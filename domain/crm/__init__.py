"""Customer care (客户关怀): messages that follow from facts."""

from domain.crm import models as models

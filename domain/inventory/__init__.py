"""Stock centre (库存中心): what is where, promised to whom, worth what."""

from domain.inventory import models as models

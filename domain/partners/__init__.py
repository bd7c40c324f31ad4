"""Partners (往来单位): suppliers and customers, and whoever else goods come from or go to."""

from domain.partners import models as models
from domain.partners.directory import Enlisted as Enlisted
from domain.partners.directory import KeptElsewhere as KeptElsewhere
from domain.partners.directory import NewPartner as NewPartner
from domain.partners.directory import PartnerChanges as PartnerChanges
from domain.partners.directory import PartnerInactive as PartnerInactive
from domain.partners.directory import PartnerKnown as PartnerKnown
from domain.partners.directory import add_partner as add_partner
from domain.partners.directory import change_partner as change_partner
from domain.partners.directory import enlist as enlist
from domain.partners.directory import open_partner as open_partner
from domain.partners.models import Partner as Partner
from domain.partners.models import PartnerId as PartnerId
from domain.partners.models import PartnerKind as PartnerKind
from domain.partners.queries import PartnerFilter as PartnerFilter
from domain.partners.queries import partners as partners
from domain.partners.queries import partners_by_id as partners_by_id
from domain.partners.queries import seen_by as seen_by

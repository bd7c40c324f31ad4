"""The desk (工作台): who is given which orders, what they are reminded of and by when, and what the day came to."""

from domain.desk import models as models
from domain.desk.assigning import assign_by_load as assign_by_load
from domain.desk.assigning import pass_on as pass_on
from domain.desk.digests import desk_digests as desk_digests
from domain.desk.digests import desk_digests_by_id as desk_digests_by_id
from domain.desk.digests import sum_up_days as sum_up_days
from domain.desk.hours import Hours as Hours
from domain.desk.models import DeskDigest as DeskDigest
from domain.desk.models import DeskDigestId as DeskDigestId
from domain.desk.models import DeskRule as DeskRule
from domain.desk.models import DeskRuleId as DeskRuleId
from domain.desk.queues import Queue as Queue
from domain.desk.queues import queues as queues
from domain.desk.reminders import escalate as escalate
from domain.desk.reminders import remind as remind
from domain.desk.rules import Desk as Desk
from domain.desk.rules import decoded as decoded
from domain.desk.rules import desk_rules as desk_rules
from domain.desk.rules import desk_rules_by_id as desk_rules_by_id
from domain.desk.rules import set_desk_rule as set_desk_rule

"""Papers (单证): what stands on paper, how it looks, and having it printed."""

from domain.papers import models as models
from domain.papers.amounts_in_words import in_words as in_words
from domain.papers.gathering import PaperTooLong as PaperTooLong
from domain.papers.gathering import check_still_printed as check_still_printed
from domain.papers.gathering import sheaf_of as sheaf_of
from domain.papers.models import PrintTemplate as PrintTemplate
from domain.papers.models import PrintTemplateId as PrintTemplateId
from domain.papers.printing import JOB as JOB
from domain.papers.printing import PrintRequest as PrintRequest
from domain.papers.printing import print_papers as print_papers
from domain.papers.queries import print_templates as print_templates
from domain.papers.queries import print_templates_by_id as print_templates_by_id
from domain.papers.samples import sample_of as sample_of
from domain.papers.subjects import STOPPING as STOPPING
from domain.papers.subjects import SUBJECTS as SUBJECTS
from domain.papers.subjects import PaperStopped as PaperStopped
from domain.papers.templates import FOLDER as FOLDER
from domain.papers.templates import PREVIEW as PREVIEW
from domain.papers.templates import BrokenTemplate as BrokenTemplate
from domain.papers.templates import OwnTemplate as OwnTemplate
from domain.papers.templates import Sheaf as Sheaf
from domain.papers.templates import preview_of as preview_of
from domain.papers.templates import preview_print_template as preview_print_template
from domain.papers.templates import reset_print_template as reset_print_template
from domain.papers.templates import set_print_template as set_print_template
from domain.papers.templates import shipped_source as shipped_source

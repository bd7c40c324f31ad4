"""Bundles (组装套件): variants that are made up of others, sold by their components or made of them beforehand."""

from domain.bundles import models as models
from domain.bundles.assembling import Assembly as Assembly
from domain.bundles.assembling import NotAssembled as NotAssembled
from domain.bundles.assembling import draft_assembly as draft_assembly
from domain.bundles.assembling import draft_disassembly as draft_disassembly
from domain.bundles.composing import BundleInStock as BundleInStock
from domain.bundles.composing import BundleNested as BundleNested
from domain.bundles.composing import Component as Component
from domain.bundles.composing import compose_bundle as compose_bundle
from domain.bundles.composing import dissolve_bundle as dissolve_bundle
from domain.bundles.events import BundleChanged as BundleChanged
from domain.bundles.invariants import INVARIANTS as INVARIANTS
from domain.bundles.models import Bundle as Bundle
from domain.bundles.models import BundleKind as BundleKind
from domain.bundles.queries import bundles_by_variant as bundles_by_variant
from domain.bundles.queries import components_of as components_of
from domain.bundles.selling import Part as Part
from domain.bundles.selling import sold_as as sold_as
from domain.bundles.shown_stock import parts_of as parts_of
from domain.bundles.shown_stock import pieces as pieces
from domain.bundles.shown_stock import show_bundles as show_bundles
from domain.bundles.shown_stock import show_bundles_of as show_bundles_of
from domain.bundles.shown_stock import show_changed as show_changed
from domain.bundles.shown_stock import show_listed as show_listed

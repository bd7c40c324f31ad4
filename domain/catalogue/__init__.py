"""Goods (商品): products, variants, barcodes, brands, categories."""

from domain.catalogue import models as models
from domain.catalogue.matching import GoodsMatch as GoodsMatch
from domain.catalogue.matching import match_goods as match_goods
from domain.catalogue.matching import variants_by_sku as variants_by_sku
from domain.catalogue.matching import variants_for_sale as variants_for_sale
from domain.catalogue.models import BrandId as BrandId
from domain.catalogue.models import CategoryId as CategoryId
from domain.catalogue.models import CostMethod as CostMethod
from domain.catalogue.models import Product as Product
from domain.catalogue.models import ProductId as ProductId
from domain.catalogue.models import ProductStatus as ProductStatus
from domain.catalogue.models import Variant as Variant
from domain.catalogue.models import VariantId as VariantId

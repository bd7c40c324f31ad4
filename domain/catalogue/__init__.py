"""Goods (商品): products, variants, barcodes, brands, categories."""

from domain.catalogue import models as models

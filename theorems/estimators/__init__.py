"""The sources of biased gradients: sampling, compression, clipping, aggregation, composition.

Setting: Beikmohammadi, Khirirat, Magnusson, arXiv:2403.00853, which treats compression, clipping
and composite functions as biased estimates; the split into bias and noise is derived here.
"""

"""Sign-based methods, from signSGD to variance-reduced majority vote.

Methods, settings and rates: Jiang, Yang, Yang, Zhang, "Efficient Sign-Based Optimization:
Accelerating Convergence via Variance Reduction", NeurIPS 2024 (arXiv:2406.00489). The constants are
derived here.
"""

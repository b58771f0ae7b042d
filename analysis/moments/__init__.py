"""Takes POSTS, or the cells in data/cells; gives `Moments` (additive sums of one source, by account
or by follower band) and `Sample` (one metric of them). Called by `analysis`, whose `load` and
`read` are the entry points of notebooks, by simulated worlds, and by `micro-macro cells`.
"""

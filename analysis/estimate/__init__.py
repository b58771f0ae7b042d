"""Takes samples and claims; gives estimates and verdicts. Called by notebooks, `present` and
`publish`. Importing it registers every estimator as a method of `Sample` and `Samples`.
"""

from analysis.estimate import confidence_curve, cost, curve, multiverse, ratio, synthesis, verdict

"""Takes notebooks and the values of their parameters.

Gives a folder with what every notebook recorded, made as a whole or not at all.
Called by `analysis.publish.cli`, `analysis.publish.sweep` and `analysis.publish.edition`.
"""

"""Takes notebooks and the values of their parameters.

Gives a folder with what every notebook recorded, replaced as a whole or not at all.
Called by `analysis.publish.report`; imports nothing of `analysis.publish.site`.
"""

"""Takes the folder with what the notebooks recorded, and the registers.

Gives the pages, numbers.json, verdicts.csv and manifest.json of a report.
Called by `analysis.publish.report`; the PDF, by the command.
"""

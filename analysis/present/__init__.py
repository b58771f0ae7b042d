"""Takes results and registers; gives sentences, tables and charts for people, and the record of
what a notebook publishes. Called by notebooks, by the pages of a report and by ``repr``.
"""

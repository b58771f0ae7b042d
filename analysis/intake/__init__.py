"""Takes somebody's file, or a table on an engine, with columns, forms and faults of its own.
Gives POSTS or PRICES, with every repair counted and every refusal in a sentence.
Called by `moments` for own data and price lists, and by `publish` for the check and the sweep.
"""
